/* SPDX-License-Identifier: Apache-2.0 */
/* Work in many processes: what they write, how they end, and that none of them stays behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/children.h"

enum { N = 5 };

struct seen {
	struct child children[N];
	size_t ended, most;
};

static int write_number(void *arg, size_t i)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "number %zu\n", i);

	(void)arg;
	return write(STDOUT_FILENO, text, (size_t)n) == n ? (int)i : 99;
}

static int hang(void *arg, size_t i)
{
	(void)arg;
	if (i == 0)
		for (;;)
			pause();
	return 0;
}

static int crash(void *arg, size_t i)
{
	(void)arg;
	(void)i;
	signal(SIGUSR1, SIG_DFL);
	raise(SIGUSR1);
	return 0;
}

static void count(void *arg, size_t i)
{
	struct seen *s = arg;

	(void)i;
	s->ended++;
}

static void run(struct seen *s, size_t n, size_t parallel, int64_t ms,
	int (*work)(void *arg, size_t i))
{
	err_auto e = { 0 };

	assert_int_equal(
		children_run(s->children, n, parallel, now_ms() + ms, work, count, s, &e), 0);
	assert_int_equal(s->ended, n);
}

static void each_has_its_output_and_exit_code(void **state)
{
	struct seen s = { 0 };

	(void)state;
	run(&s, N, N, 10000, write_number);
	for (size_t i = 0; i < N; i++) {
		char_auto *text = xasprintf("number %zu\n", i);

		assert_string_equal(buf_str(&s.children[i].out), text);
		assert_int_equal(s.children[i].code, i);
		assert_false(s.children[i].killed);
	}
	children_release(s.children, N);
}

static void one_at_a_time_runs_all(void **state)
{
	struct seen s = { 0 };

	(void)state;
	run(&s, N, 1, 10000, write_number);
	assert_string_equal(buf_str(&s.children[N - 1].out), "number 4\n");
	children_release(s.children, N);
}

static void one_that_hangs_is_killed_after_the_deadline(void **state)
{
	struct seen s = { 0 };
	int64_t before = now_ms();

	(void)state;
	run(&s, 2, 2, 100, hang);
	assert_true(s.children[0].killed);
	assert_int_equal(s.children[0].code, 128 + SIGKILL);
	assert_false(s.children[1].killed);
	assert_in_range(now_ms() - before, 100 + CHILDREN_GRACE_MS, 5000);
	children_release(s.children, 2);
}

static void death_by_a_signal_is_told(void **state)
{
	struct seen s = { 0 };

	(void)state;
	run(&s, 1, 1, 10000, crash);
	assert_int_equal(s.children[0].code, 128 + SIGUSR1);
	children_release(s.children, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_its_output_and_exit_code),
		cmocka_unit_test(one_at_a_time_runs_all),
		cmocka_unit_test(one_that_hangs_is_killed_after_the_deadline),
		cmocka_unit_test(death_by_a_signal_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
