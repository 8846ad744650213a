/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every command is made of. A command is one file: options and policy, no mechanism. The file
 * ends in one struct cmd, which the table of cmd/commands.c lists. The result goes to ctx->out,
 * never to stdio.
 */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include "base/out.h"
#include "calico/client/config.h"
#include "calico/store/store.h"
#include "kube/api.h"
#include "kube/config/config.h"
#include "manifest/foreign.h"
#include "manifest/sign.h"
#include "manifest/source.h"

#ifndef VERSION
#define VERSION "0.0.0"
#endif

/* Where manifests come from besides RELEASE, and what they must prove. */
#define SOURCE_OPTIONS \
	"set file url sha256 cacert bundle public-key key-dir not-older-than allow-group " \
	"allow-webhook exclude crds-only"
/* Whose backup, and what it may hold. */
#define BACKUP_OPTIONS "public-key key-dir allow-group allow-webhook"
/* What every command that talks to a cluster takes. */
#define CLUSTER_OPTIONS \
	"config kubeconfig context cluster user server timeout request-timeout " \
	"certificate-authority insecure-skip-tls-verify tls-server-name proxy-url " \
	"disable-compression " \
	"client-certificate client-key token-file no-exec as as-group as-uid verbose"
/* And those that can be run on many clusters at once. */
#define CLUSTERS_OPTIONS CLUSTER_OPTIONS " all-contexts parallel"

/* --set; not given, the set is CRDS or what a command finds on the cluster. */
struct set_choice {
	bool given;
	enum manifest_set set;
};

enum output {
	OUTPUT_TEXT,
	OUTPUT_WIDE,
	OUTPUT_JSON,
	OUTPUT_YAML,
	OUTPUT_NAME,
	OUTPUT_MARKDOWN,
	OUTPUT_ENV
};

/* The values of all options of all commands; borrowed from argv. */
struct options {
	struct kube_overrides cluster;
	int64_t timeout_ms;
	enum output output;
	bool as_yaml; /* the JSON document of a command that prints text, as YAML */
	const char *output_name; /* of -o where that is a file */
	const char *config; /* calicoctl's file */
	bool show_secrets;
	const char *file, *bundle, *url;
	struct set_choice set;
	const char *dir, *mirror, *cacert, *sha256; /* of downloads */
	bool all_manifests, insecure_mirror, allow_unpinned;
	const char *public_key, *key_dir, *not_older_than; /* whose bundles, and how old */
	const char *sign, *sequence, *password_file;
	struct foreign foreign; /* what is let in from outside */
	struct string_list exclude, with;
	size_t parallel; /* clusters at a time */
	const char *endpoint; /* URL with an address that the server's name has; set by many_run */
	const char *verdict; /* --for */
	bool initialise;
	const char *backup;
	const char *fix; /* plan: where corrected objects go */
	const char *from, *to, *objects; /* plan without a cluster */
	bool details;
	int verbose; /* 0 to 3: what is shown of the requests */
	bool crds_only, no_backup, prune, all_namespaces, allow_version_mismatch, export;
	bool no_password, allow_downgrade;
	bool skip_exists, skip_not_exists, keep_going, disable_first;
	bool all_contexts, all_endpoints, wait, overwrite, ipam, dry_run, prose, quiet, help;
	/* objects */
	const char *release; /* whose rules they keep; NULL: the datastore's, or the newest */
	bool recursive, skip_empty;
	/* rbac, job */
	const char *name, *namespace, *image, *bundle_configmap, *bundle_claim;
	bool discovery, host_network, no_rbac;
	bool take_over, accept_loss, partial, ignore_lock, without_policies;
	/* move */
	const char *node_map;
	bool finish, abort;
	/* migrate-api */
	bool status, migrate_api;
	enum out_color color;
};

/* The cluster that the options and the environment select. */
struct cluster {
	struct kube_config config;
	struct kube_api *api; /* NULL: none is open */
};

/* All zero: none is open. */
struct datastore {
	struct cluster cluster; /* its api is NULL for etcdv3 */
	struct calico_store store; /* set by cluster_open as well */
	const char *server; /* URLs, for reports; borrowed from ctx or from cluster */
};

/* What a command says of its own run, for run/document.c; zero says nothing. */
struct answer {
	const char *kind;
	json_t *body; /* its fields of the JSON document; NULL: the head alone */
	bool changed; /* the run changed something or, when it only plans, would */
	bool failed; /* the run ends without an error, and what it reports is no success */
	json_t *rights; /* what it may ask the server for; NULL: all that the command may */
	const char *rights_of; /* the command whose rights these are */
};

struct ctx {
	const struct cmd *cmd; /* NULL: no command was understood */
	struct options opt;
	const char *const *args; /* operands */
	size_t n_args;
	struct out out;
	struct client_config config; /* what datastore_choose found; zero: the flags say all */
	bool chosen; /* it was called */
	struct datastore at; /* what datastore_open or cluster_open opened */
	struct answer answer;
	bool in_parts; /* other commands follow in this process */
	char *const *words; /* the command line, closed by NULL */
	const char *writable; /* a directory in which this run makes a file; NULL: none */
	bool rereads; /* it reads again what it made there */
	int64_t started, deadline; /* now_ms() */
	int exit_code; /* of a run that ends without an error; plan's 1 for changes */
};

/* What the run still holds once its datastore is closed. */
void ctx_release(struct ctx *ctx);

struct cmd {
	const char *name;
	const char *args; /* "[RELEASE]", for the usage line */
	const char *summary; /* one line */
	const char *details; /* what else --help says, examples included */
	const char *options; /* names of those it takes, space-separated; rows in option_rows.c */
	const char *outputs; /* the values of -o, space-separated; the first is the default */
	size_t min_args, max_args;
	int (*run)(struct ctx *ctx, struct err *e);
};

/* The index of the command's name, which options may precede; 0: there is none. */
int options_find_command(int argc, char **argv);
/* argv[0] is the command. ERR_USAGE says what was meant. */
CHECKED int options_parse(struct ctx *ctx, int argc, char **argv, struct err *e);
/*
 * An option that says where the datastore is, or what is shown, and that was not given, takes the
 * variable CALICO_DATASTORE_ and its name. One that allows something takes none.
 */
CHECKED int options_take_variables(struct ctx *ctx, struct err *e);
/* For a command line that was refused: sets the output to JSON if -o json is in it. */
void options_find_json(struct ctx *ctx, int argc, char **argv);
void options_release(struct options *o);
/* Whether the command has the option. */
bool options_take(const struct cmd *cmd, const char *name);
/* One option of a command, as help and completions show it. */
struct option_text {
	const char *name, *value, *help; /* value NULL: it takes none; help NULL: -o, see outputs */
	char letter; /* 0: none */
};

enum { OPTIONS_MAX = 112 };

/* What an option belongs to, in its row. */
enum {
	OPTION_CHOOSES = 1 << 4, /* names a cluster or a user: the datastore is Kubernetes */
	OPTION_KUBERNETES = 1 << 5, /* means nothing for etcd */
	OPTION_KUBECONFIG = 1 << 6, /* only a kubeconfig can hold it, no setting of calicoctl */
	OPTION_SIGNED = 1 << 7, /* about the signature of a bundle or a backup */
	OPTION_DOWNLOAD = 1 << 8,
	OPTION_VARIABLE = 1 << 9, /* options_take_variables */
};

/* The first option that was given and has one of the bits; NULL: none. */
const char *options_given(const struct options *o, unsigned bits);
const char *options_name(size_t i); /* of each row of the one table; NULL behind the last */
/* cmd NULL: those of all commands. */
size_t options_texts(const struct cmd *cmd, struct option_text texts[OPTIONS_MAX]);
void options_help(struct buf *out, const struct cmd *cmd);
void options_put_variables(struct buf *out); /* those that take one, in lines of 80 columns */

/*
 * An option's value, else a variable's, else NULL; borrowed. For what guards something: one that is
 * set but empty is ERR_USAGE.
 */
CHECKED int select_setting(const char *option, const char *value, const char *variable,
	const char **setting, struct err *e);
/* The keys that the options, or else the environment, configure. */
struct trust;
CHECKED int select_trust(const struct ctx *ctx, struct trust *t, struct err *e);
/*
 * --sign, --password-file and --sequence, for a signature of path; comment is NULL without --sign.
 * Before the work, which a wrong password would waste.
 */
CHECKED int signer_load(
	struct signer *s, const struct ctx *ctx, const char *path, struct err *e);
void signer_release(struct signer *s);
/* SOURCE_DATE_EPOCH, for the same bytes each time (reproducible-builds.org), else otherwise. */
CHECKED int source_date(int64_t otherwise, int64_t *seconds, struct err *e);
/* A backup, judged as a whole; its keys are those of select_trust. */
struct backup_file;
CHECKED int select_backup(
	const struct ctx *ctx, const char *path, struct backup_file *f, struct err *e);
/* The same, and one of etcd is ERR_USAGE. */
CHECKED int select_cluster_backup(
	const struct ctx *ctx, const char *path, struct backup_file *f, struct err *e);
/* How to download: the authorities are read into ca, the digest given into hex. */
struct fetch_options;
CHECKED int select_download(const struct ctx *ctx, struct fetch_options *o, struct buf *ca,
	char hex[SHA256_HEX_SIZE], struct err *e);
/* A password from --password-file or the terminal, asked twice when it is a new one. */
CHECKED int password_read(const struct ctx *ctx, bool is_new, struct buf *password, struct err *e);
/*
 * -f FILE|DIR, --url URL, --bundle FILE, or the release that args[0] names, or the newest;
 * --exclude done.
 */
CHECKED int select_source(
	const struct ctx *ctx, const struct catalog *catalog, struct source *s, struct err *e);

/* A release that is built in, or a manifest file or directory. */
CHECKED int select_named(const struct ctx *ctx, const struct catalog *catalog, const char *name,
	struct source *s, struct err *e);
/* Its parts: whether the options name one source, and nothing of another; --exclude. */
CHECKED int select_check(const struct ctx *ctx, struct err *e);
CHECKED int select_exclude(const struct ctx *ctx, struct source *s, struct err *e);

/*
 * Which datastore: the flags, else --config, else the environment, else calicoctl.cfg. Fills in
 * what ctx->opt.cluster leaves open; once a run.
 */
CHECKED int datastore_choose(struct ctx *ctx, struct err *e);

/* Into ctx->at, which document_run closes; nothing is sent yet. */
CHECKED int datastore_open(struct ctx *ctx, struct err *e);
/* The same for commands that need an API server; ERR_USAGE for another datastore. */
CHECKED int cluster_open(struct ctx *ctx, struct err *e);
/* What datastore_open does last: no files, programs and ports but those that the run may need. */
void run_confine(const struct ctx *ctx);
/* The run makes no file any more. */
void run_confine_writing(const struct ctx *ctx);
/*
 * For a move: ctx->at.store is the etcd that was chosen, ctx->at.cluster the cluster of this
 * context or kubeconfig file.
 */
CHECKED int datastore_open_pair(struct ctx *ctx, const char *to, struct err *e);
void datastore_close(struct ctx *ctx);
/* The type of the datastore that was chosen. */
const struct calico_driver *datastore_driver(const struct ctx *ctx);

/* --fix FILE: what preflight_run has collected, in a new file; release: of the schemas. */
struct preflight;
CHECKED int run_write_fixes(
	struct ctx *ctx, const struct preflight *p, const char *release, struct err *e);
/* " NAME VALUE", quoted as a shell needs it; nothing when value is NULL. */
void run_put_option(struct buf *text, const char *name, const char *value);
/* A command line on the same source and cluster, to print; without "calico-datastore". */
char *run_again(const struct ctx *ctx, const char *command);

/* One line that says how calicoctl gets the same datastore. */
void config_put_hint(struct buf *out, const struct ctx *ctx);

/* Whether the command is to be run on several contexts; many_run does that, with a row for each. */
bool many_wanted(const struct ctx *ctx);
CHECKED int many_run(struct ctx *ctx, struct err *e);

#define signer_auto __attribute__((cleanup(signer_release))) struct signer

#endif
