/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/signals.h"
#include "run/run.h"

enum { MAX_PASSWORD = 1024 };

/* Reads a line from the terminal without showing it. */
static int ask(int tty, const char *prompt, struct buf *line, struct err *e)
{
	struct termios shown, hidden;
	char c;
	ssize_t n = -1;
	int rc;

	if (tcgetattr(tty, &shown) < 0)
		return err_set(e, ERR_IO, errno, "the terminal: %s", strerror(errno));
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	tcsetattr(tty, TCSAFLUSH, &hidden);
	if (write(tty, prompt, strlen(prompt)) < 0)
		n = -1;
	while ((rc = stop_wait(tty, "the terminal", e)) == 0 && (n = read(tty, &c, 1)) == 1 &&
		c != '\n' && line->len < MAX_PASSWORD)
		buf_putc(line, c);
	tcsetattr(tty, TCSAFLUSH, &shown);
	if (write(tty, "\n", 1) < 0)
		n = -1;
	if (rc < 0 || signals_check(e) < 0)
		return -1;
	return n == 1 ? 0 : err_set(e, ERR_IO, 0, "the terminal ended before the password did");
}

static int ask_terminal(bool is_new, struct buf *password, struct err *e)
{
	int tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct buf again = { 0 };
	int rc;

	if (tty < 0)
		return err_set(e, ERR_USAGE, errno,
			"a password is needed and there is no terminal; give --password-file FILE");
	rc = ask(tty, "Password of the key: ", password, e);
	if (rc == 0 && is_new)
		rc = ask(tty, "The same again: ", &again, e);
	if (rc == 0 && is_new && strcmp(buf_str(password), buf_str(&again)) != 0)
		rc = err_set(e, ERR_USAGE, 0, "the two passwords are not the same");
	buf_wipe(&again);
	close(tty);
	return rc;
}

int password_read(const struct ctx *ctx, bool is_new, struct buf *password, struct err *e)
{
	if (!ctx->opt.password_file)
		return ask_terminal(is_new, password, e);
	if (buf_read_file(password, ctx->opt.password_file, MAX_PASSWORD, e) < 0)
		return -1;
	/* Only the first line counts: editors and echo end a file with a newline. */
	password->len = strcspn(buf_str(password), "\r\n");
	if (password->data)
		password->data[password->len] = '\0';
	return 0;
}
