/* SPDX-License-Identifier: Apache-2.0 */
/* An object that is judged: what the files that judge it share. Each file judges one subject. */
#ifndef CALICO_WRITE_SUBJECT_H
#define CALICO_WRITE_SUBJECT_H

#include "calico/model/kinds.h"
#include "calico/write/findings.h"
#include "calico/write/target.h"

struct subject {
	const struct calico_kind *kind;
	const json_t *object, *spec; /* parts of the v3 object; never NULL */
	const char *name; /* "": the object has no name */
	const struct write_target *target;
	struct write_findings *findings;
};

struct subject subject_of(const struct calico_kind *kind, const json_t *object,
	const struct write_target *t, struct write_findings *f);
bool subject_is(const struct subject *s, const char *kind);
/* Whether the kind is a policy with a tier. */
bool subject_is_policy(const struct calico_kind *kind);
/* The tier of a policy, by default "default"; borrowed. */
const char *subject_tier(const json_t *object);

/* The value at a path such as "spec.ingress[0].action"; borrowed. NULL: there is none. */
const json_t *subject_at(const struct subject *s, const char *path);
const char *subject_text(const struct subject *s, const char *path); /* "": there is no text */
bool subject_has(const struct subject *s, const char *path); /* the value exists and is not empty */
/* Adds a finding about the value at a path. remedy NULL: the message already says what to do. */
void subject_refuse(const struct subject *s, const char *rule, const char *path,
	const char *remedy, const char *fmt, ...) PRINTF(5, 6);

/* validate.c calls all of them. Each judges the kinds that it knows and ignores other kinds. */
void validate_metadata(const struct subject *s);
void validate_policy(const struct subject *s);
void validate_pool(const struct subject *s);
void validate_bgp(const struct subject *s);
void validate_felix(const struct subject *s);
void validate_host(const struct subject *s);
void validate_cluster(const struct subject *s);

/* Judge ports and protocols, in any field. */
void validate_port(const struct subject *s, const char *path, bool names);
void validate_protocol(const struct subject *s, const char *path);
bool protocol_has_ports(const json_t *protocol); /* TCP, UDP or SCTP, as name or number */

#endif
