/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

enum { RANDOM_UUID_SIZE = 37 };

/* A version-4 UUID (RFC 9562) from random bytes of the kernel, in lower case. */
void random_uuid(char out[RANDOM_UUID_SIZE]);

#endif
