/* client/node/setup: a folder is a node, or it is none. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "client/node/folder.h"
#include "client/node/setup.h"

static char folder[] = "/tmp/rb-setup-XXXXXX";
static int failing; /* the flush that fails, counted from now; 0: none */

/* Stands before the C library's: the disk that a flush may find broken. */
int
fsync(int fd)
{
	if (failing > 0 && --failing == 0) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_fsync, fd);
}

static int
make_folder(void **state)
{
	(void)state;
	return sodium_init() < 0 || !mkdtemp(folder);
}

static int
drop_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

static void
is_no_node_when_the_disk_fails_at_any_flush_of_the_last_step(void **state)
{
	struct node_keys *keys = node_keys_new(true);
	struct setup setup = {.dir = folder, .keys = keys};
	int at = 1;

	(void)state;
	for (;; at++) {
		struct problem problem = {0};
		bool done;

		failing = at;
		done = setup_done(&setup, &problem);
		assert_int_equal(folder_has(folder, "keys"), done);
		assert_false(folder_has(folder, "keys.new"));
		if (done)
			break;
		assert_int_equal(problem.code, EXIT_FAILED);
	}
	assert_true(at > 3); /* the file, its name, its last name */
	failing = 0;
	setup_undo(&setup);
	assert_false(folder_has(folder, "keys"));
	node_keys_free(keys);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			is_no_node_when_the_disk_fails_at_any_flush_of_the_last_step),
	};

	return cmocka_run_group_tests_name(
		"setup", tests, make_folder, drop_folder);
}
