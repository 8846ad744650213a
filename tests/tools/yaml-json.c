/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml-json FILE: prints the documents of a YAML file as one JSON array, for jq. Other files are
 * refused.
 */
#include <stdio.h>

#include "base/json.h"
#include "base/yaml.h"

int main(int argc, char **argv)
{
	buf_auto in = { 0 }, out = { 0 };
	err_auto e = { 0 };
	json_t *documents = NULL;

	if (argc != 2)
		return 2;
	if (buf_read_file(&in, argv[1], YAML_MAX_BYTES, &e) == 0)
		documents = yaml_load(argv[1], buf_str(&in), in.len, &e);
	if (!documents) {
		fprintf(stderr, "yaml-json: %s\n", e.msg);
		return 1;
	}
	json_write(&out, documents, JSON_STYLE_INDENT);
	puts(buf_str(&out));
	json_decref(documents);
	return 0;
}
