/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target over its corpus (tests/fuzz/corpus/NAME for the program fuzz_NAME), so that
 * old findings of a fuzzer are ordinary tests. With clang's -fsanitize=fuzzer this file is left
 * out.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *dir, const char *name, struct err *e)
{
	char_auto *path = xasprintf("%s/%s", dir, name);
	buf_auto input = { 0 };

	if (buf_read_file(&input, path, 1 << 20, e) < 0)
		return -1;
	LLVMFuzzerTestOneInput((const uint8_t *)buf_str(&input), input.len);
	return 0;
}

int main(int argc, char **argv)
{
	const char *name = strstr(argv[0], "fuzz_"), *tests = getenv("TESTS_DIR");
	char_auto *dir = xasprintf(
		"%s/fuzz/corpus/%s", tests ? tests : "tests", name ? name + 5 : "");
	struct dirent *entry;
	err_auto e = { 0 };
	int n = 0;
	DIR *d = opendir(dir);

	(void)argc;
	while (d && (entry = readdir(d)) && !e.msg)
		if (entry->d_name[0] != '.' && replay(dir, entry->d_name, &e) == 0)
			n++;
	if (d)
		closedir(d);
	printf("%s - %s handles every input of its corpus (%d)\n", n > 0 && !e.msg ? "ok" : "not "
	"ok",
		name ? name : argv[0], n);
	if (e.msg)
		puts(e.msg);
	return n > 0 && !e.msg ? 0 : 1;
}
