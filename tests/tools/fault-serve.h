/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection of a fault-server. Its requests are matched with the script and logged as "METHOD
 * PATH OUTCOME[ authorization]". Then they are answered, passed to the upstream, or broken. The
 * word authorization says that the request had an Authorization header.
 */
#ifndef TESTS_LIB_FAULT_SERVE_H
#define TESTS_LIB_FAULT_SERVE_H

#include <netinet/in.h>

#include "fault-script.h"
#include "fault-wire.h"

struct fault_server {
	struct fault_script script;
	SSL_CTX *tls; /* NULL: plain TCP */
	struct sockaddr_in upstream;
	char *upstream_host; /* NULL: no upstream */
	SSL_CTX *upstream_tls;
	int log; /* file descriptor of the log; -1: none */
	int heads; /* file descriptor for whole request heads; -1: none */
};

/* Serves until one side ends the connection, then closes fd. */
void fault_serve(struct fault_server *s, int fd);

#endif
