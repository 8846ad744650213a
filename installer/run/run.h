/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all commands share. A command is one file: options and policy, no mechanism. The file ends
 * with one struct cmd, which the table of cmd/commands.c lists. The result goes to ctx->out, never
 * to stdio.
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

/* Options for the source of manifests other than RELEASE, and for its proof. */
#define SOURCE_OPTIONS \
	"set file url sha256 cacert bundle public-key key-dir not-older-than allow-group " \
	"allow-webhook exclude crds-only"
/* Options for the signer and the content of a backup. */
#define BACKUP_OPTIONS "public-key key-dir allow-group allow-webhook"
/* Options of every command that talks to a cluster. */
#define CLUSTER_OPTIONS \
	"config kubeconfig context cluster user server timeout request-timeout " \
	"certificate-authority insecure-skip-tls-verify tls-server-name proxy-url " \
	"disable-compression " \
	"client-certificate client-key token-file no-exec as as-group as-uid verbose"
/* Options of commands that can run on many clusters at once. */
#define CLUSTERS_OPTIONS CLUSTER_OPTIONS " all-contexts parallel"

/* --set. Not given: the set is CRDS, or the set that a command finds on the cluster. */
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

/* The values of all options of all commands. Strings are borrowed from argv. */
struct options {
	struct kube_overrides cluster;
	int64_t timeout_ms;
	enum output output;
	bool as_yaml; /* a command that prints text prints its JSON document as YAML */
	const char *output_name; /* the value of -o, which may be a file */
	const char *config; /* a configuration file of calicoctl */
	bool show_secrets;
	const char *file, *bundle, *url;
	struct set_choice set;
	const char *dir, *mirror, *cacert, *sha256; /* for downloads */
	bool all_manifests, insecure_mirror, allow_unpinned;
	const char *public_key, *key_dir, *not_older_than; /* trusted keys, and the oldest bundle */
	const char *sign, *sequence, *password_file;
	struct foreign foreign; /* what the user allows from outside */
	struct string_list exclude, with;
	size_t parallel; /* clusters at the same time */
	const char *endpoint; /* URL with one address of the server; set by many_run */
	const char *verdict; /* --for */
	bool initialise;
	const char *backup;
	const char *fix; /* plan: file for corrected objects */
	const char *from, *to, *objects; /* plan without a cluster */
	bool details;
	int verbose; /* 0 to 3: how much of the requests is shown */
	bool crds_only, no_backup, prune, all_namespaces, allow_version_mismatch, export;
	bool no_password, allow_downgrade;
	bool skip_exists, skip_not_exists, keep_going, disable_first;
	bool all_contexts, all_endpoints, wait, overwrite, ipam, dry_run, prose, quiet, help;
	/* commands on objects */
	/* release whose rules objects must keep; NULL: that of the datastore, or the newest */
	const char *release;
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

/* The cluster that options and environment select. */
struct cluster {
	struct kube_config config;
	struct kube_api *api; /* NULL: no cluster is open */
};

/* All zero: no datastore is open. */
struct datastore {
	struct cluster cluster; /* cluster.api is NULL for etcdv3 */
	struct calico_store store; /* cluster_open sets it, too */
	const char *server; /* URLs, for reports; borrowed from ctx or from cluster */
};

/* What a command reports about its own run to run/document.c; zero: nothing. */
struct answer {
	const char *kind;
	json_t *body; /* the command's fields of the JSON document; NULL: the head alone */
	bool changed; /* the run changed something; a run that only plans would change something */
	bool failed; /* the run ends without an error, but it reports a failure */
	json_t *rights; /* rights that the run may need; NULL: all rights of the command */
	const char *rights_of; /* the command that these rights belong to */
};

struct ctx {
	const struct cmd *cmd; /* NULL: the command line named no known command */
	struct options opt;
	const char *const *args; /* operands */
	size_t n_args;
	struct out out;
	struct client_config config; /* set by datastore_choose; zero: flags alone choose */
	bool chosen; /* datastore_choose has been called */
	struct datastore at; /* opened by datastore_open or cluster_open */
	struct answer answer;
	bool in_parts; /* other commands follow in this process */
	char *const *words; /* the command line, closed by NULL */
	const char *writable; /* a directory in which this run creates a file; NULL: none */
	bool rereads; /* the run reads again what it created there */
	int64_t started, deadline; /* now_ms() times */
	int exit_code; /* of a run without an error; plan: 1 for changes */
};

/* Releases what the run holds after its datastore is closed. */
void ctx_release(struct ctx *ctx);

struct cmd {
	const char *name;
	const char *args; /* operands for the usage line: "[RELEASE]" */
	const char *summary; /* one line */
	const char *details; /* the rest of --help, examples included */
	/* names of the command's options, space-separated; rows in option_rows.c */
	const char *options;
	const char *outputs; /* values of -o, space-separated; the first is the default */
	size_t min_args, max_args;
	int (*run)(struct ctx *ctx, struct err *e);
};

/* The index of the command's name; options may come before it. 0: no name is there. */
int options_find_command(int argc, char **argv);
/* argv[0] is the command. ERR_USAGE: the message suggests the right word. */
CHECKED int options_parse(struct ctx *ctx, int argc, char **argv, struct err *e);
/*
 * Takes the value of an option that was not given from the variable CALICO_DATASTORE_NAME. Options
 * that say where the datastore is or what is shown have a variable. Options that allow something
 * have none.
 */
CHECKED int options_take_variables(struct ctx *ctx, struct err *e);
/* For a command line that was refused: sets the output to JSON when -o json is in it. */
void options_find_json(struct ctx *ctx, int argc, char **argv);
void options_release(struct options *o);
/* True when the command has the option. */
bool options_take(const struct cmd *cmd, const char *name);
/* One option of a command, for --help and completions. */
struct option_text {
	const char *name, *value, *help; /* value NULL: none; help NULL: -o, see outputs */
	char letter; /* 0: none */
};

enum { OPTIONS_MAX = 112 };

/* Bits of an option's row that say what the option is about. */
enum {
	OPTION_CHOOSES = 1 << 4, /* names a cluster or a user: the datastore is Kubernetes */
	OPTION_KUBERNETES = 1 << 5, /* has no meaning for etcd */
	OPTION_KUBECONFIG = 1 << 6, /* only a kubeconfig can contain it, no setting of calicoctl */
	OPTION_SIGNED = 1 << 7, /* about the signature of a bundle or a backup */
	OPTION_DOWNLOAD = 1 << 8,
	OPTION_VARIABLE = 1 << 9, /* has a variable: see options_take_variables */
};

/* The first given option that has one of the bits; NULL: none. */
const char *options_given(const struct options *o, unsigned bits);
const char *options_name(size_t i); /* name in row i of the table; NULL after the last row */
/* The options of a command; cmd NULL: all options. */
size_t options_texts(const struct cmd *cmd, struct option_text texts[OPTIONS_MAX]);
void options_help(struct buf *out, const struct cmd *cmd);
void options_put_variables(struct buf *out); /* lists all variables, in lines of 80 columns */

/*
 * The value of an option, else of a variable, else NULL; borrowed. For security settings: a setting
 * that is given but empty is ERR_USAGE.
 */
CHECKED int select_setting(const char *option, const char *value, const char *variable,
	const char **setting, struct err *e);
/* Loads the public keys that the options configure, else the environment. */
struct trust;
CHECKED int select_trust(const struct ctx *ctx, struct trust *t, struct err *e);
/*
 * Loads the key of --sign and makes the comment of a signature for path. Uses --password-file and
 * --sequence; comment is NULL without --sign. Call it before the work: a wrong password would waste
 * the work.
 */
CHECKED int signer_load(
	struct signer *s, const struct ctx *ctx, const char *path, struct err *e);
void signer_release(struct signer *s);
/*
 * SOURCE_DATE_EPOCH, which makes the bytes the same each time (reproducible-builds.org). otherwise:
 * when it is not set.
 */
CHECKED int source_date(int64_t otherwise, int64_t *seconds, struct err *e);
/* Opens a backup and checks all of it, with the keys of select_trust. */
struct backup_file;
CHECKED int select_backup(
	const struct ctx *ctx, const char *path, struct backup_file *f, struct err *e);
/* Like select_backup, but a backup of etcd is ERR_USAGE. */
CHECKED int select_cluster_backup(
	const struct ctx *ctx, const char *path, struct backup_file *f, struct err *e);
/* Sets the options of a download: certificate authorities are read into ca, --sha256 into hex. */
struct fetch_options;
CHECKED int select_download(const struct ctx *ctx, struct fetch_options *o, struct buf *ca,
	char hex[SHA256_HEX_SIZE], struct err *e);
/* Reads a password from --password-file or the terminal, which asks twice for a new password. */
CHECKED int password_read(const struct ctx *ctx, bool is_new, struct buf *password, struct err *e);
/*
 * Loads -f FILE|DIR, --url URL, --bundle FILE, the release that args[0] names, or the newest
 * release. Applies --exclude.
 */
CHECKED int select_source(
	const struct ctx *ctx, const struct catalog *catalog, struct source *s, struct err *e);

/* Loads a built-in release, or a manifest file or directory. */
CHECKED int select_named(const struct ctx *ctx, const struct catalog *catalog, const char *name,
	struct source *s, struct err *e);
/* Parts of select_source: check that the options name exactly one source; apply --exclude. */
CHECKED int select_check(const struct ctx *ctx, struct err *e);
CHECKED int select_exclude(const struct ctx *ctx, struct source *s, struct err *e);

/*
 * Chooses the datastore: by the flags, else --config, else the environment, else calicoctl.cfg.
 * Fills in what ctx->opt.cluster leaves open; once in a run.
 */
CHECKED int datastore_choose(struct ctx *ctx, struct err *e);

/* Opens the datastore in ctx->at, which document_run closes. Sends no request. */
CHECKED int datastore_open(struct ctx *ctx, struct err *e);
/* Like datastore_open, for commands that need an API server. ERR_USAGE for another datastore. */
CHECKED int cluster_open(struct ctx *ctx, struct err *e);
/*
 * The last step of datastore_open: the run gives up files, programs and ports that it does not
 * need.
 */
void run_confine(const struct ctx *ctx);
/* From now on the run can create no file. */
void run_confine_writing(const struct ctx *ctx);
/*
 * Opens both datastores of a move. ctx->at.store is the chosen etcd, ctx->at.cluster the cluster of
 * this context or kubeconfig file.
 */
CHECKED int datastore_open_pair(struct ctx *ctx, const char *to, struct err *e);
void datastore_close(struct ctx *ctx);
/* The driver of the chosen datastore type. */
const struct calico_driver *datastore_driver(const struct ctx *ctx);

/*
 * --fix FILE: writes the corrections that preflight_run collected to a new file. release: of the
 * schemas.
 */
struct preflight;
CHECKED int run_write_fixes(
	struct ctx *ctx, const struct preflight *p, const char *release, struct err *e);
/* Appends " NAME VALUE", quoted for a shell; nothing when value is NULL. */
void run_put_option(struct buf *text, const char *name, const char *value);
/* A command line on the same source and cluster, for messages; without "calico-datastore". */
char *run_again(const struct ctx *ctx, const char *command);

/* Appends one line that says how calicoctl gets the same datastore. */
void config_put_hint(struct buf *out, const struct ctx *ctx);

/* True when the command must run on several contexts. many_run does this, with a row for each. */
bool many_wanted(const struct ctx *ctx);
CHECKED int many_run(struct ctx *ctx, struct err *e);

#define signer_auto __attribute__((cleanup(signer_release))) struct signer

#endif
