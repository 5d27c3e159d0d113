#ifndef TESTS_BENCH_WORK_JSON_H
#define TESTS_BENCH_WORK_JSON_H

#include <stdint.h>

/*
 * Writes W and U for programs that are not C, a line of JSON each:
 *
 *     {"_id": HEX, "table": NAME, COLUMN: VALUE…}         a record
 *     {"node": 0 or 1, "_id": HEX, COLUMN: VALUE}         an update
 */
void work_json_write(uint32_t records, const char *path);

#endif
