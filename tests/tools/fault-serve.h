/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection of a fault-server: its requests are read, matched with the script, logged as
 * "METHOD PATH OUTCOME[ authorization]" and answered, passed on or broken. The last word of a
 * log line says that the request carried an Authorization header.
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
	int log; /* -1: none */
	int heads; /* the same: whole heads of requests */
};

/* Serves until one side ends the connection; fd is closed. */
void fault_serve(struct fault_server *s, int fd);

#endif
