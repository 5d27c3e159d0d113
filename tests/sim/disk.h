#ifndef TESTS_SIM_DISK_H
#define TESTS_SIM_DISK_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/sim/random.h"

/*
 * A disk in memory, as SQLite sees it: a VFS named "sim", which disk_register()
 * makes the default, so that the shipped store opens its files on it without
 * knowing. A path is DISK/NAME, DISK being the number of a disk.
 *
 * What was written and not synced is in the machine's cache: it is read back,
 * and a power cut loses it: all of it, or none but for a torn last write, or
 * any part of it, in any order, torn at sectors of DISK_SECTOR bytes.
 *
 *     written --> (cache) --> synced --> survives disk_cut_power()
 *                    |
 *                    +------> survives disk_kill(): the program alone died
 */
struct disk;

enum { DISK_SECTOR = 512 };

struct disk_counts {
	uint64_t calls;   /* reads, writes, syncs, … */
	uint64_t bytes;   /* written */
	uint64_t errors;  /* calls that failed */
	uint64_t full;    /* writes that found no room */
	uint64_t dropped; /* writes that a power cut left nothing of */
	uint64_t torn;    /* … or a part */
};

/* Registers the VFS as SQLite's default. */
void disk_register(void);

/* A new empty disk; the path of files on it begins with disk_path(). */
struct disk *disk_new(void);
void disk_free(struct disk *disk);
const char *disk_path(const struct disk *disk);

/* Replaces what is on it by a copy of what another has. No file is open. */
void disk_copy(struct disk *to, const struct disk *from);

/* Whose randomness SQLite draws (salts), and the time it is told. */
void disk_randomness(struct random *random);

/* The `nth` call from now on (1: the next) and `times` - 1 after it fail. */
void disk_fail(struct disk *disk, uint32_t nth, uint32_t times);
/* Writes that make a file longer fail, until further notice. */
void disk_fill(struct disk *disk, bool full);
/* The `nth` call from now on finds the disk dead, as after disk_kill(). */
void disk_die(struct disk *disk, uint32_t nth);
/* No faults from now on. */
void disk_mend(struct disk *disk);

/*
 * The program dies, or the power does: every call on an open file fails until
 * all files are closed and disk_restart() is called.
 */
void disk_kill(struct disk *disk);
void disk_cut_power(struct disk *disk, struct random *random);
void disk_restart(struct disk *disk);
/* Everything in the cache reaches the disk, as it does when time passes. */
void disk_catch_up(struct disk *disk);
/* Whether it is between one of the two and disk_restart(). */
bool disk_dead(const struct disk *disk);

/* A disk that lies: it says that it has synced and has not (a planted bug). */
void disk_lie(struct disk *disk, bool lies);

/* Whether any of its files has these bytes somewhere. */
bool disk_holds(const struct disk *disk, const uint8_t *bytes, size_t size);

/*
 * The bytes of a file that is not open, to be altered: a worn disk, or a
 * stranger. NULL when there is no such file.
 */
uint8_t *disk_bytes(struct disk *disk, const char *name, size_t *size);

const struct disk_counts *disk_counts(const struct disk *disk);

#endif
