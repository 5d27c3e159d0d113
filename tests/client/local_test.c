/* client/node/local: who gets an answer through a node's local socket. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/node/local.h"
#include "proto/bytes.h"

enum { NOBODY = 65534 };

/* The node's folder, and where sockets lie: sub-folders of `top`. */
static char top[64];

static int
make_folder(void **state)
{
	(void)state;
	(void)snprintf(top, sizeof top, "/tmp/roadbook_test_XXXXXX");
	if (sodium_init() < 0 || !mkdtemp(top) || chmod(top, 0755) != 0 ||
		setenv("TMPDIR", top, 1) != 0)
		return -1;
	return unsetenv("XDG_RUNTIME_DIR");
}

/* runtime_folder() made one folder; a socket in it was removed. */
static int
drop_folder(void **state)
{
	DIR *folder = opendir(top);
	struct dirent *entry;
	char path[512];

	(void)state;
	while (folder && (entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof path, "%s/%s", top, entry->d_name);
		(void)rmdir(path); /* what is left shows at the next line */
	}
	if (folder)
		(void)closedir(folder); /* only read */
	return rmdir(top);
}

static enum exit_code
say_hello(void *self, const struct local_request *request, FILE *out, FILE *err)
{
	(void)err;
	*(int *)self += 1;
	(void)fprintf(out, "hello %s", request->argv[0]);
	return EXIT_NOT_FOUND;
}

/* Serves one caller, if one comes; tells how many commands it ran. */
static int
serve_one(struct local *local, int patience_ms)
{
	struct pollfd fd = {.fd = local_descriptor(local), .events = POLLIN};
	int ran = 0;

	if (poll(&fd, 1, patience_ms) == 1)
		local_answer(local, say_hello, &ran);
	return ran;
}

/* Asks, as a process of its own; exits with 0 when it was answered. */
static pid_t
ask_beside(uid_t user)
{
	char *words[] = {(char[]){"roadbook"}, NULL};
	struct local_request request = {.argc = 1, .argv = words, .cwd = "/"};
	pid_t pid = fork();

	if (pid == 0) {
		enum exit_code code = EXIT_DONE;
		char *text = NULL;
		size_t size = 0;
		FILE *out = open_memstream(&text, &size);
		bool answered;

		if (!out || (user != getuid() && setuid(user) != 0))
			_exit(2);
		answered = local_ask(top, &request, out, out, &code);
		(void)fflush(out); /* memory only */
		_exit(answered && code == EXIT_NOT_FOUND &&
					strcmp(text, "hello roadbook") == 0
				? 0
				: 1);
	}
	assert_true(pid > 0);
	return pid;
}

static int
exit_of(pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
answers_the_same_user(void **state)
{
	struct problem problem = {0};
	struct local *local = local_new(top, &problem);
	pid_t pid;

	(void)state;
	assert_non_null(local);
	pid = ask_beside(getuid());
	assert_int_equal(serve_one(local, -1), 1);
	assert_int_equal(exit_of(pid), 0);
	local_free(local);
}

/*
 * Root passes all permissions and so reaches a socket of somebody else, who
 * is this test's child and has given up being root. It gets no answer.
 */
static void
answers_no_other_user_not_even_root(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	uint8_t name[16];
	char hex[33], folder[128], byte;
	int ready[2], fd;
	pid_t pid;

	(void)state;
	if (getuid() != 0) {
		print_message("skipped: only root can be two users\n");
		return;
	}
	assert_int_equal(pipe(ready), 0);
	(void)snprintf(folder, sizeof folder, "%s/roadbook-%d", top, NOBODY);
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_int_equal(chown(folder, NOBODY, NOBODY), 0);
	pid = fork();
	if (pid == 0) {
		struct problem problem = {0};
		struct local *local;
		int ran;

		if (setuid(NOBODY) != 0)
			_exit(2);
		local = local_new(top, &problem);
		if (!local || write(ready[1], "", 1) != 1)
			_exit(3);
		ran = serve_one(local, -1);
		local_free(local);
		_exit(ran);
	}
	assert_true(pid > 0);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	(void)crypto_generichash(name, sizeof name, (const uint8_t *)top,
		strlen(top), NULL, 0); /* sizes are in bounds */
	(void)sodium_bin2hex(hex, sizeof hex, name, sizeof name);
	assert_true(
		snprintf(address.sun_path, sizeof address.sun_path, "%s/rb-%s",
			folder, hex) < (int)sizeof address.sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(
		connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	{
		/*
		 * The whole of a request, so that nothing else is waited for;
		 * unless the other side has closed by then.
		 */
		static const uint8_t request[] = {0, 0, 0, 15, 0x97, 1, 0xc4, 1,
			'/', 0, 0xc2, 0xc0, 0xc0, 0x91, 0xc4, 3, 'r', 'b', 's'};

		if (send(fd, request, sizeof request, MSG_NOSIGNAL) < 0)
			assert_int_equal(errno, EPIPE);
	}
	assert_true(recv(fd, &byte, 1, 0) <= 0);
	(void)close(fd);
	assert_int_equal(exit_of(pid), 0); /* ran nothing */
	(void)close(ready[0]);
	(void)close(ready[1]);
	assert_int_equal(rmdir(folder), 0);
}

static void
lies_in_no_folder_that_others_can_enter(void **state)
{
	struct problem problem = {0};
	struct local *local;
	char folder[128];

	(void)state;
	(void)snprintf(folder, sizeof folder, "%s/roadbook-%u", top,
		(unsigned)getuid());
	(void)mkdir(folder, 0700); /* or it is there */
	assert_int_equal(chmod(folder, 0755), 0);
	assert_null(local_new(top, &problem));
	assert_int_equal(chmod(folder, 0700), 0);
	local = local_new(top, &problem);
	assert_non_null(local);
	local_free(local);
}

/* What the socket took is told by how much can be sent into it. */
static void
takes_no_request_over_the_limit(void **state)
{
	struct problem problem = {0};
	struct local *local = local_new(top, &problem);
	struct sockaddr_un address;
	socklen_t size = sizeof address;
	uint8_t head[4];
	char byte;
	int fd;

	(void)state;
	assert_non_null(local);
	assert_int_equal(getsockname(local_descriptor(local),
				 (struct sockaddr *)&address, &size),
		0);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(
		connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	store32(head, LOCAL_REQUEST_MAX + 1);
	assert_int_equal(send(fd, head, sizeof head, MSG_NOSIGNAL), 4);
	/* Left open: one that waited for the rest would wait for its patience
	 * and end as well; but it says so by having read this byte. */
	assert_int_equal(send(fd, "x", 1, MSG_NOSIGNAL), 1);
	assert_int_equal(serve_one(local, -1), 0);
	/* Unread bytes make the system reset; read ones make it end. */
	assert_int_equal(recv(fd, &byte, 1, 0), -1);
	(void)close(fd);
	local_free(local);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_the_same_user),
		cmocka_unit_test(answers_no_other_user_not_even_root),
		cmocka_unit_test(lies_in_no_folder_that_others_can_enter),
		cmocka_unit_test(takes_no_request_over_the_limit),
	};

	return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
