#include "tests/rest/wrong.h"

#include "client/store/cipher_inside.h"

enum wrong wrong;

const char *
wrong_name(enum wrong which)
{
	static const char *const names[WRONGS] = {
		"none", "strict-wal", "torn-header", "kept-room"};

	return names[which];
}

int __real_cipher_torn_frame(uint8_t page[static PAGE_SEAL_SIZE]);
int __wrap_cipher_torn_frame(uint8_t page[static PAGE_SEAL_SIZE]);
bool __real_cipher_torn_header(uint8_t *out, int size, sqlite3_int64 at);
bool __wrap_cipher_torn_header(uint8_t *out, int size, sqlite3_int64 at);
void __real_page_room_clear(uint8_t page[static PAGE_SEAL_SIZE]);
void __wrap_page_room_clear(uint8_t page[static PAGE_SEAL_SIZE]);
bool __real_page_room_is_clear(const uint8_t page[static PAGE_SEAL_SIZE]);
bool __wrap_page_room_is_clear(const uint8_t page[static PAGE_SEAL_SIZE]);

int
__wrap_cipher_torn_frame(uint8_t page[static PAGE_SEAL_SIZE])
{
	return wrong == WRONG_STRICT_WAL ? SQLITE_IOERR_DATA
					 : __real_cipher_torn_frame(page);
}

bool
__wrap_cipher_torn_header(uint8_t *out, int size, sqlite3_int64 at)
{
	return wrong != WRONG_TORN_HEADER &&
		__real_cipher_torn_header(out, size, at);
}

void
__wrap_page_room_clear(uint8_t page[static PAGE_SEAL_SIZE])
{
	if (wrong != WRONG_KEPT_ROOM)
		__real_page_room_clear(page);
}

bool
__wrap_page_room_is_clear(const uint8_t page[static PAGE_SEAL_SIZE])
{
	return wrong == WRONG_KEPT_ROOM || __real_page_room_is_clear(page);
}
