/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: values, durations, operands, and what a mistake is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cmd/commands.h"

/* Two commands of the test's own. */
static const struct cmd plan = { .name = "plan",
	.args = "[RELEASE]",
	.summary = "plan",
	.options = "file exclude dry-run prose output kubeconfig context cluster user server "
		   "timeout as-group token-file request-timeout quiet help",
	.outputs = "text json",
	.max_args = 1 };
static const struct cmd get = { .name = "get",
	.args = "KIND [NAME]",
	.summary = "get",
	.options = "output quiet help",
	.outputs = "table wide json yaml name",
	.min_args = 1,
	.max_args = 2 };

enum { MAX_WORDS = 12 };

struct line {
	struct ctx ctx;
	char *argv[MAX_WORDS + 1];
	char *text;
	struct err e;
	int rc;
};

/* Words apart by one space; two spaces make an empty word. */
static void parse(struct line *l, const struct cmd *cmd, const char *text)
{
	char *rest = xstrdup(text), *word;
	int n = 0;

	*l = (struct line){ .ctx = { .cmd = cmd }, .text = rest };
	while ((word = strsep(&rest, " ")) && n < MAX_WORDS)
		l->argv[n++] = word;
	l->rc = options_parse(&l->ctx, n, l->argv, &l->e);
}

static void line_release(struct line *l)
{
	options_release(&l->ctx.opt);
	free(l->text);
	err_release(&l->e);
}

#define line_auto __attribute__((cleanup(line_release))) struct line

static void accept(struct line *l, const struct cmd *cmd, const char *text)
{
	parse(l, cmd, text);
	if (l->rc != 0)
		fail_msg("%s: %s", text, l->e.msg);
}

static void refuse(const struct cmd *cmd, const char *text, const char *says)
{
	line_auto l;

	parse(&l, cmd, text);
	if (l.rc != -1)
		fail_msg("accepted: %s", text);
	assert_int_equal(l.e.kind, ERR_USAGE);
	if (!strstr(l.e.msg, says))
		fail_msg("%s: \"%s\" lacks \"%s\"", text, l.e.msg, says);
}

static void without_options_there_are_defaults(void **state)
{
	line_auto l;

	(void)state;
	accept(&l, &plan, "plan");
	assert_int_equal(l.ctx.opt.timeout_ms, 120000);
	assert_int_equal(l.ctx.opt.output, OUTPUT_TEXT);
	assert_int_equal(l.ctx.n_args, 0);
	assert_null(l.ctx.opt.file);
	assert_false(l.ctx.opt.dry_run || l.ctx.opt.prose || l.ctx.opt.quiet || l.ctx.opt.help);
}

static void each_option_lands_in_its_place(void **state)
{
	line_auto l, m;

	(void)state;
	accept(&l, &plan, "plan --file f --exclude a --exclude=b -x c --dry-run --prose -q");
	assert_string_equal(l.ctx.opt.file, "f");
	assert_int_equal(l.ctx.opt.exclude.n, 3);
	assert_string_equal(l.ctx.opt.exclude.items[0], "a");
	assert_string_equal(l.ctx.opt.exclude.items[1], "b");
	assert_string_equal(l.ctx.opt.exclude.items[2], "c");
	assert_true(l.ctx.opt.dry_run && l.ctx.opt.prose && l.ctx.opt.quiet);
	accept(&m, &plan, "plan --kubeconfig k --context=c --cluster l --user u --server s");
	assert_string_equal(m.ctx.opt.cluster.kubeconfig, "k");
	assert_string_equal(m.ctx.opt.cluster.context, "c");
	assert_string_equal(m.ctx.opt.cluster.cluster, "l");
	assert_string_equal(m.ctx.opt.cluster.user, "u");
	assert_string_equal(m.ctx.opt.cluster.server, "s");
}

static void short_options_can_be_joined(void **state)
{
	line_auto l;

	(void)state;
	accept(&l, &plan, "plan -qojson -f-");
	assert_true(l.ctx.opt.quiet);
	assert_int_equal(l.ctx.opt.output, OUTPUT_JSON);
	assert_string_equal(l.ctx.opt.file, "-");
}

static void operands_stand_anywhere(void **state)
{
	line_auto l, m;

	(void)state;
	accept(&l, &get, "get ippools -o yaml a");
	assert_int_equal(l.ctx.n_args, 2);
	assert_string_equal(l.ctx.args[0], "ippools");
	assert_string_equal(l.ctx.args[1], "a");
	accept(&m, &get, "get -- ippools -q");
	assert_string_equal(m.ctx.args[1], "-q");
	assert_false(m.ctx.opt.quiet);
}

static void a_wrong_number_of_operands_is_told_the_usage(void **state)
{
	(void)state;
	refuse(&get, "get", "usage: calico-datastore get KIND [NAME] [options]; 0 operands");
	refuse(&get, "get a b c", "3 operands");
	refuse(&plan, "plan a b", "usage: calico-datastore plan [RELEASE]");
}

static void help_needs_no_operands(void **state)
{
	line_auto l;

	(void)state;
	accept(&l, &get, "get -h");
	assert_true(l.ctx.opt.help);
}

static void durations_are_what_they_say(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} cases[] = { { "30", 30000 }, { "1.5", 1500 }, { "90s", 90000 }, { "2m", 120000 },
		{ "1m30s", 90000 }, { "500ms", 500 }, { "1ms", 1 }, { "1.5m", 90000 },
		{ "1h1m1s1ms", 3661001 }, { "24h", 86400000 }, { "86400", 86400000 },
		{ "0h5s", 5000 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char_auto *text = xasprintf("plan --timeout %s", cases[i].text);
		line_auto l;

		accept(&l, &plan, text);
		if (l.ctx.opt.timeout_ms != cases[i].ms)
			fail_msg("%s is %ld ms", cases[i].text, (long)l.ctx.opt.timeout_ms);
	}
}

static void what_is_no_duration_is_refused(void **state)
{
	static const char *const texts[] = { "", "0", "0s", "0.5ms", "-1s", "+1s", "s", ".", ".5s",
		"5x", "5sec", "5S", "1m30", "1s1", "1_0s", "0x10s", "0x10", "1e3s", "1e3", "1.5.5s",
		"inf", "nan", "infs", "25h", "24h1ms", "86401", "1e999h",
		"999999999999999999999999999h" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		char_auto *text = xasprintf("plan --timeout %s", texts[i]);
		char_auto *says = xasprintf("--timeout %s: not a duration", texts[i]);

		refuse(&plan, text, says);
	}
}

static void an_output_is_one_that_the_command_prints(void **state)
{
	line_auto l;

	(void)state;
	accept(&l, &get, "get a -o table");
	assert_int_equal(l.ctx.opt.output, OUTPUT_TEXT);
	refuse(&plan, "plan -o yaml", "plan prints one of: text json");
	refuse(&plan, "plan -o wide", "-o wide");
	refuse(&plan, "plan -o JSON", "-o JSON");
	refuse(&plan, "plan -o jso", "-o jso");
	refuse(&plan, "plan -o ", "prints one of");
	refuse(&plan, "plan --output=text,json", "prints one of");
}

static void a_missing_value_is_named_with_its_option(void **state)
{
	(void)state;
	refuse(&plan, "plan -o", "-o needs a value");
	refuse(&plan, "plan --timeout", "--timeout needs a value");
	refuse(&plan, "plan -q --context", "--context needs a value");
}

static void a_value_that_is_not_taken_is_named_with_its_option(void **state)
{
	(void)state;
	refuse(&plan, "plan --quiet=yes", "--quiet takes no value");
	refuse(&plan, "plan --help=x", "--help takes no value");
	refuse(&plan, "plan --dry-run=server", "--dry-run takes no value");
	refuse(&plan, "plan --dry-run=", "--dry-run takes no value");
}

static void an_unknown_option_is_named_as_it_was_written(void **state)
{
	(void)state;
	refuse(&plan, "plan -Z", "plan has no option -Z;");
	refuse(&plan, "plan -Zq", "plan has no option -Z;");
	refuse(&plan, "plan -qZ", "plan has no option -Z;");
	refuse(&plan, "plan --quiet -9q", "plan has no option -9;");
	refuse(&plan, "plan --quiet -Dq", "plan has no option -D;");
	refuse(&plan, "plan --context=a -Cq", "plan has no option -C;");
	refuse(&get, "get -f x", "get has no option -f;");
	refuse(&get, "get -f x", "give KIND and NAME instead");
	refuse(&get, "get --filename=x", "give KIND and NAME instead");
	refuse(&plan, "plan --filename=x", "plan has no option --filename=x;");
	refuse(&get, "get a --timeout 5s", "get has no option --timeout;");
}

static void a_mistyped_option_is_told_the_nearest_of_its_command(void **state)
{
	(void)state;
	refuse(&plan, "plan --dryrun", "did you mean --dry-run");
	refuse(&plan, "plan --kubconfig=x", "did you mean --kubeconfig");
	refuse(&plan, "plan --frobnicate", "no option --frobnicate; \"calico-datastore plan");
	refuse(&get, "get --dryrun", "no option --dryrun; \"calico-datastore get");
}

static void the_command_may_come_after_options(void **state)
{
	static const struct {
		const char *text;
		int at;
	} cases[] = { { "x plan", 1 }, { "x -q plan", 2 }, { "x -o json plan", 3 },
		{ "x -ojson plan", 2 }, { "x --context a plan", 3 }, { "x --context=a plan", 2 },
		{ "x --quiet plan", 2 }, { "x --unknown plan", 2 }, { "x -- plan", 2 },
		{ "x - plan", 2 }, { "x", 0 }, { "x -q", 0 }, { "x --context", 0 },
		{ "x --context plan", 0 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char_auto *text = xstrdup(cases[i].text);
		char *argv[MAX_WORDS + 1] = { 0 }, *rest = text, *word;
		int n = 0;

		while ((word = strsep(&rest, " ")))
			argv[n++] = word;
		if (options_find_command(n, argv) != cases[i].at)
			fail_msg("%s", cases[i].text);
	}
}

static void a_mistyped_command_is_told_the_nearest(void **state)
{
	err_auto e = { 0 };

	(void)state;
	assert_ptr_equal(cmd_find("get", &e), &cmd_get);
	assert_null(cmd_find("pln", &e));
	assert_int_equal(e.kind, ERR_USAGE);
	assert_non_null(strstr(e.msg, "did you mean plan;"));
	assert_null(cmd_find("conquer", &e));
	assert_null(strstr(e.msg, "did you mean"));
}

static void help_shows_each_option_and_no_other(void **state)
{
	buf_auto text = { 0 };

	(void)state;
	options_help(&text, &get);
	assert_non_null(
		strstr(buf_str(&text), "Usage: calico-datastore get KIND [NAME] [options]"));
	assert_non_null(strstr(buf_str(&text), "-o, --output FORMAT"));
	assert_non_null(strstr(buf_str(&text), "one of: table wide json yaml name"));
	assert_non_null(strstr(buf_str(&text), "-q, --quiet"));
	assert_null(strstr(buf_str(&text), "--timeout"));
}

static void the_table_has_each_option_once(void **state)
{
	(void)state;
	for (size_t i = 0; options_name(i); i++)
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(options_name(i), options_name(k));
}

/* A word whose end is the end of all memory that may be read; in a mapping of two pages. */
static char *at_the_edge(char *pages, size_t size, const char *word)
{
	char *at = pages + size - strlen(word) - 1;

	return memcpy(at, word, strlen(word) + 1);
}

static void no_word_is_read_past_its_end(void **state)
{
	static const char *const words[] = { "", "-", "a", "--", "-o", "-q", "--q", "-=", "=" };
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	char *pages = mmap(
		NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_true(pages != MAP_FAILED && mprotect(pages + size, size, PROT_NONE) == 0);
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		char name[] = "plan", *argv[] = { name, at_the_edge(pages, size, words[i]), NULL };
		struct line l = { .ctx = { .cmd = &plan } };

		options_find_command(2, argv);
		l.rc = options_parse(&l.ctx, 2, argv, &l.e);
		assert_true(l.rc == 0 || l.e.kind == ERR_USAGE);
		line_release(&l);
	}
	munmap(pages, 2 * size);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_has_each_option_once),
		cmocka_unit_test(without_options_there_are_defaults),
		cmocka_unit_test(each_option_lands_in_its_place),
		cmocka_unit_test(short_options_can_be_joined),
		cmocka_unit_test(operands_stand_anywhere),
		cmocka_unit_test(a_wrong_number_of_operands_is_told_the_usage),
		cmocka_unit_test(help_needs_no_operands),
		cmocka_unit_test(durations_are_what_they_say),
		cmocka_unit_test(what_is_no_duration_is_refused),
		cmocka_unit_test(an_output_is_one_that_the_command_prints),
		cmocka_unit_test(a_missing_value_is_named_with_its_option),
		cmocka_unit_test(a_value_that_is_not_taken_is_named_with_its_option),
		cmocka_unit_test(an_unknown_option_is_named_as_it_was_written),
		cmocka_unit_test(a_mistyped_option_is_told_the_nearest_of_its_command),
		cmocka_unit_test(the_command_may_come_after_options),
		cmocka_unit_test(a_mistyped_command_is_told_the_nearest),
		cmocka_unit_test(help_shows_each_option_and_no_other),
		cmocka_unit_test(no_word_is_read_past_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
