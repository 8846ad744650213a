/* SPDX-License-Identifier: Apache-2.0 */
/* Limits a run, once it talks to a datastore, to the files and ports that it still needs. */
#include <libgen.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/http.h"
#include "run/run.h"

struct paths {
	char **items; /* closed by NULL */
	size_t n;
};

static void add(struct paths *p, const char *path)
{
	p->items = xrealloc(p->items, p->n + 2, sizeof(*p->items));
	p->items[p->n++] = xstrdup(path);
	p->items[p->n] = NULL;
}

/*
 * A file may be replaced by a new file, and its link may then lead to another file. So the run may
 * read the directories of both.
 */
static void add_around(struct paths *p, const char *path)
{
	char real[PATH_MAX];

	if (!path)
		return;
	char_auto *copy = xstrdup(path);

	add(p, dirname(copy));
	if (realpath(path, real))
		add(p, dirname(real));
}

/*
 * Words that the user typed: "FILE", "--file=FILE", "-fFILE", "a,b,c". Files among them may be
 * read.
 */
static void add_word(struct paths *p, const char *word)
{
	const char *value = strchr(word, '=');

	if (*word != '-')
		add(p, word);
	else if (word[1] && word[1] != '-' && word[2])
		add(p, word + 2);
	if (value)
		add(p, ++value);
	else
		value = word;
	if (!strchr(value, ','))
		return;
	for (const char *end, *at = value; at; at = *end ? end + 1 : NULL) {
		end = strchrnul(at, ',');
		char_auto *part = xstrndup(at, (size_t)(end - at));

		add(p, part);
	}
}

void run_confine_writing(const struct ctx *ctx)
{
	if (!ctx->in_parts && !ctx->at.cluster.config.exec)
		confine_writing();
}

void run_confine(const struct ctx *ctx)
{
	const struct http_ports *ports = http_ports();
	const struct kube_config *config = &ctx->at.cluster.config;
	struct paths paths = { 0 };

	/* A credential plugin is another program and may need more. */
	if (config->exec)
		return;
	/* A kubeconfig, and the files that it names, may be read again. */
	for (const char *const *path = buf_opened_files(); *path; path++)
		add(&paths, *path);
	for (char *const *word = ctx->words; word && *word; word++)
		add_word(&paths, *word);
	if (ctx->rereads)
		add(&paths, ctx->writable);
	for (char *const *variable = environ; *variable; variable++)
		if (has_prefix(*variable, "CALICO_DATASTORE_"))
			add_word(&paths, *variable);
	/* These are read again when the server refuses the credentials. */
	add_around(&paths, config->token_file);
	add_around(&paths, config->client_cert_file);
	add_around(&paths, config->client_key_file);
	confine_process(&(struct confinement){ .writable = ctx->writable,
		.readable = (const char *const *)paths.items,
		.ports = ports->ports,
		.n_ports = ports->n,
		/* A later part downloads again, and a redirect may lead it to any port. */
		.all_ports = ports->more || (ctx->in_parts && ctx->opt.url) });
	for (size_t i = 0; i < paths.n; i++)
		free(paths.items[i]);
	free(paths.items);
}
