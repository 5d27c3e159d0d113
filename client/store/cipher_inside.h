#ifndef CLIENT_STORE_CIPHER_INSIDE_H
#define CLIENT_STORE_CIPHER_INSIDE_H

#include <stdbool.h>

#include "client/store/cipher_vfs.h"

/* What the files of the encrypting VFS share. */

enum {
	WAL_HEADER = 32,
	FRAME_HEADER = 24, /* before each page of a WAL */
	FRAME_SIZE = FRAME_HEADER + PAGE_SEAL_SIZE,
};

enum cipher_kind { CIPHER_MAIN, CIPHER_WAL, CIPHER_JOURNAL };

struct cipher_vfs {
	sqlite3_vfs vfs; /* its pAppData is this */
	sqlite3_vfs *beneath;
	struct page_keys *keys;
	char name[32];
	uint32_t holders; /* open files, and the owner until it lets go */
	/* A checkpoint of ours runs; what it was handed from the WAL last. */
	bool handing;
	uint32_t handed;
	uint8_t handed_end[PAGE_SEAL_ROOM];
};

struct cipher_file {
	sqlite3_file base;
	struct cipher_vfs *vfs;
	enum cipher_kind kind;
	/*
	 * The page number that stood at `number_at`, read or written last: a
	 * page's follows it. -1: none.
	 */
	sqlite3_int64 number_at;
	uint32_t number;
	/* Of a journal: where the sum of the page before goes, and its nonce.
	 */
	sqlite3_int64 sum_at;
	uint8_t nonce[PAGE_SEAL_NONCE];
	uint8_t scratch[FRAME_SIZE];
	/* The file beneath follows. */
};

sqlite3_file *cipher_beneath(struct cipher_file *f);
int cipher_beneath_read(
	struct cipher_file *f, void *out, int size, sqlite3_int64 at);
int cipher_beneath_write(
	struct cipher_file *f, const void *bytes, int size, sqlite3_int64 at);

/* Four bytes, the greatest first, as SQLite writes a page number. */
uint32_t cipher_number(const uint8_t bytes[static 4]);

/* Seals and opens with all that is to be looked at. */
bool cipher_seal(struct cipher_file *f, enum page_kind kind, uint32_t number,
	const uint8_t *page, uint8_t *sealed);
bool cipher_open(struct cipher_file *f, enum page_kind kind, uint32_t number,
	const uint8_t *sealed, uint8_t *page);

/* A call whose shape nobody foresaw: `code`, and a line in SQLite's log. */
int cipher_refuse(struct cipher_file *f, int code, int size, sqlite3_int64 at);
/* A page that does not open, where one has to be: SQLITE_IOERR_DATA. */
int cipher_damaged(struct cipher_file *f, uint32_t number);

int cipher_main_read(
	struct cipher_file *f, uint8_t *out, int size, sqlite3_int64 at);
int cipher_main_write(struct cipher_file *f, const uint8_t *bytes, int size,
	sqlite3_int64 at);
int cipher_wal_read(
	struct cipher_file *f, uint8_t *out, int size, sqlite3_int64 at);
int cipher_wal_write(struct cipher_file *f, const uint8_t *bytes, int size,
	sqlite3_int64 at);
int cipher_journal_read(
	struct cipher_file *f, uint8_t *out, int size, sqlite3_int64 at);
int cipher_journal_write(struct cipher_file *f, const uint8_t *bytes, int size,
	sqlite3_int64 at);

/*
 * Two answers on which recovery after a power cut hangs; each is what a first
 * try gets wrong, and tests/rest/crash.c shows what is lost then.
 *
 * A frame that does not open while SQLite reads through the WAL after a crash
 * is the torn end of it, and no error: zeros, which fail SQLite's own checksum,
 * so the log ends before it.
 */
int cipher_torn_frame(uint8_t page[static PAGE_SEAL_SIZE]);
/*
 * Whether a read of page 1, which does not open, is SQLite's look at the header
 * before it has seen journal or WAL, where the whole page may be: then `out`
 * has a header that gets it there.
 */
bool cipher_torn_header(uint8_t *out, int size, sqlite3_int64 at);

#endif
