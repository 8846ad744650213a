/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes one entry of a tar archive to standard output, exactly as the options say, wrong values
 * included. Its content comes from standard input.
 *
 *   tar-entry [-t TYPE] [-l LINKNAME] [-p PREFIX] [-s SIZE] [-c] NAME   -c: a wrong checksum
 *   tar-entry -e                                                       the end of an archive
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 512, MAX_CONTENT = 64 << 20 };

static void put_string(char *header, size_t at, size_t size, const char *s)
{
	size_t n = strlen(s);

	memcpy(header + at, s, n < size ? n : size);
}

static void put_octal(char *header, size_t at, size_t digits, unsigned long value)
{
	char text[32];

	snprintf(text, sizeof(text), "%0*lo", (int)digits, value);
	memcpy(header + at, text, digits);
}

static void write_all(const char *data, size_t n)
{
	if (fwrite(data, 1, n, stdout) != n)
		exit(1);
}

static void put_checksum(char *header, int wrong)
{
	unsigned long sum = (unsigned long)wrong;

	memset(header + 148, ' ', 8);
	for (int i = 0; i < BLOCK; i++)
		sum += (unsigned char)header[i];
	put_octal(header, 148, 6, sum);
	header[154] = '\0';
}

int main(int argc, char **argv)
{
	static char content[MAX_CONTENT];
	char header[BLOCK] = { 0 }, end[2 * BLOCK] = { 0 };
	const char *link = "", *prefix = "", *size = NULL;
	char type = '0';
	int wrong = 0, option;

	while ((option = getopt(argc, argv, "t:l:p:s:ce")) != -1)
		switch (option) {
		case 't':
			type = *optarg;
			break;
		case 'l':
			link = optarg;
			break;
		case 'p':
			prefix = optarg;
			break;
		case 's':
			size = optarg;
			break;
		case 'c':
			wrong = 1;
			break;
		case 'e':
			write_all(end, sizeof(end));
			return 0;
		default:
			return 2;
		}
	if (optind + 1 != argc)
		return 2;
	size_t n = fread(content, 1, sizeof(content), stdin);

	put_string(header, 0, 100, argv[optind]);
	put_octal(header, 100, 7, 0644);
	put_octal(header, 108, 7, 0);
	put_octal(header, 116, 7, 0);
	put_octal(header, 124, 11, size ? strtoul(size, NULL, 10) : n);
	put_octal(header, 136, 11, 0);
	header[156] = type;
	put_string(header, 157, 100, link);
	memcpy(header + 257,
		"ustar\0"
		"00",
		8);
	put_string(header, 345, 155, prefix);
	put_checksum(header, wrong);
	write_all(header, sizeof(header));
	write_all(content, n);
	memset(end, 0, sizeof(end));
	write_all(end, (BLOCK - n % BLOCK) % BLOCK);
	return 0;
}
