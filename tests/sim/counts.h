#ifndef TESTS_SIM_COUNTS_H
#define TESTS_SIM_COUNTS_H

#include <stdint.h>
#include <stdio.h>

/*
 * What a run has seen, for its line of output and the last one, which adds up
 * all runs: "NUMBER NAME, NUMBER NAME, …" in the order below. What depends on
 * the machine (time, memory) is not among them.
 */
#define WORLD_COUNTS(X)                                                        \
	X(steps, "steps")                                                      \
	X(operations, "operations")                                            \
	X(writes, "writes")                                                    \
	X(imports, "imports")                                                  \
	X(archived, "archived")                                                \
	X(joined, "joined")                                                    \
	X(resolved, "resolved")                                                \
	X(sessions, "sessions")                                                \
	X(settled, "settled")                                                  \
	X(watched, "watched")                                                  \
	X(ticks, "ticks")                                                      \
	X(frames, "frames")                                                    \
	X(lost, "frames lost")                                                 \
	X(doubled, "doubled")                                                  \
	X(swapped, "swapped")                                                  \
	X(truncated, "truncated")                                              \
	X(partitions, "partitions")                                            \
	X(power_cuts, "power cuts")                                            \
	X(torn, "torn writes")                                                 \
	X(dropped, "dropped writes")                                           \
	X(kills, "kills")                                                      \
	X(restarts, "restarts")                                                \
	X(io_errors, "I/O errors")                                             \
	X(full, "writes to full disks")                                        \
	X(jumps, "clock jumps")                                                \
	X(restored, "restored folders")                                        \
	X(cloned, "clones")                                                    \
	X(replaced, "devices replaced")                                        \
	X(hubs_lost, "hubs lost")                                              \
	X(upgrades, "upgrades")                                                \
	X(late, "late joins")                                                  \
	X(grants, "grants")                                                    \
	X(cuts, "cut-offs")                                                    \
	X(endings, "endings")                                                  \
	X(forgotten, "territories forgotten")                                  \
	X(erasures, "erasures")                                                \
	X(erased_late, "late erasures")                                        \
	X(confirmed, "erasures confirmed")                                     \
	X(wipes, "wiped laptops")                                              \
	X(receipts, "receipts")                                                \
	X(days, "days")                                                        \
	X(run_out, "leases run out")                                           \
	X(renewed, "renewals")                                                 \
	X(letters, "letters")                                                  \
	X(letters_written, "letters written")                                  \
	X(unplaced, "letters kept")                                            \
	X(lease_wipes, "wiped by lease")                                       \
	X(accepted, "late changes accepted")                                   \
	X(rejected, "rejected")                                                \
	X(attacks, "attacks")                                                  \
	X(ambushes, "hostile answers")                                         \
	X(refused, "hostile segments refused")                                 \
	X(checks, "checks")

struct world_counts {
#define FIELD(name, text) uint64_t name;
	WORLD_COUNTS(FIELD)
#undef FIELD
};

void counts_add(struct world_counts *to, const struct world_counts *more);
/* Without a line's end. */
void counts_print(const struct world_counts *counts);

#endif
