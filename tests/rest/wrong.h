#ifndef TESTS_REST_WRONG_H
#define TESTS_REST_WRONG_H

/*
 * The mistakes that a page-encrypting VFS makes first. The linker puts them
 * around the shipped functions, so the program that ships has none of it.
 */
enum wrong {
	WRONG_NONE,
	WRONG_STRICT_WAL,  /* a torn end of the WAL is an error */
	WRONG_TORN_HEADER, /* a torn page 1 stops SQLite before its journal */
	WRONG_KEPT_ROOM,   /* nonce and tag stay in the page that SQLite gets */
	WRONGS,
};

extern enum wrong wrong;

const char *wrong_name(enum wrong which);

#endif
