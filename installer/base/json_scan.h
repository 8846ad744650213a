/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passes over JSON without building it. It judges as jansson does (RFC 8259, strict UTF-8); what it
 * cannot judge, such as an exponent, is left to jansson.
 */
#ifndef BASE_JSON_SCAN_H
#define BASE_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes that need no look in a string: ASCII but control characters, quote and backslash. */
size_t json_scan_plain(const char *p, const char *end);
/* Behind the value at p; NULL: it is wrong, or for jansson to judge. */
const char *json_scan_value(const char *p, const char *end);
/* Behind white space. */
const char *json_scan_space(const char *p, const char *end);

#endif
