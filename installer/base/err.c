/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include "base/out.h"

/* The message may contain words of servers, files and plugins. */
static void replace(struct err *e, enum err_kind kind, long code, char *msg)
{
	err_release(e);
	out_sanitize(msg);
	*e = (struct err){ .kind = kind, .code = code, .msg = msg };
}

int err_set(struct err *e, enum err_kind kind, long code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	replace(e, kind, code, xvasprintf(fmt, ap));
	va_end(ap);
	return -1;
}

int err_wrap(struct err *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	char_auto *text = xvasprintf(fmt, ap);
	va_end(ap);
	char *msg = xasprintf("%s: %s", text, e->msg ? e->msg : "unknown error");

	out_sanitize(msg);
	free(e->msg);
	e->msg = msg;
	return -1;
}

int err_blame(struct err *e, const char *flag)
{
	e->flag = flag;
	return err_wrap(e, "--%s", flag);
}

void err_copy(struct err *to, const struct err *from)
{
	struct err copy = { .kind = from->kind, .code = from->code, .flag = from->flag };

	copy.msg = from->msg ? xstrdup(from->msg) : NULL;
	copy.remedy = from->remedy ? xstrdup(from->remedy) : NULL;
	err_move(to, &copy);
}

void err_move(struct err *to, struct err *from)
{
	err_release(to);
	*to = *from;
	*from = (struct err){ 0 };
}

void err_release(struct err *e)
{
	free(e->msg);
	free(e->remedy);
	*e = (struct err){ 0 };
}

const char *err_kind_name(enum err_kind kind)
{
	static const char *const names[] = {
#define ERR_NAME(id, name, exit_code, meaning) [ERR_##id] = (name),
		ERR_KINDS(ERR_NAME)
#undef ERR_NAME
	};

	return names[kind];
}

int err_exit_code(const struct err *e)
{
	static const int codes[] = {
#define ERR_CODE(id, name, exit_code, meaning) [ERR_##id] = (exit_code),
		ERR_KINDS(ERR_CODE)
#undef ERR_CODE
	};

	return codes[e->kind] + (e->kind == ERR_SIGNAL ? (int)e->code : 0);
}
