#ifndef TESTS_BENCH_LINE_H
#define TESTS_BENCH_LINE_H

#include <stdint.h>

#include "sync/link.h"
#include "tests/bench/company.h"

/*
 * A line between two nodes, for one conversation. It counts what goes through,
 * both ways, length headers included, without the three frames of the
 * handshake; and it can be as long and as narrow as a bad mobile connection.
 * TCP's own handshake and headers are not in it.
 */
struct line;

struct line_manner {
	double delay_s;     /* each way */
	double bytes_per_s; /* each way */
};

/* Seconds of CPU: what the line's own thread takes is in none of them. */
struct line_cpu {
	double near_s; /* of the caller's process */
	double far_s;  /* of the process that listens */
};

struct line_figures {
	uint64_t bytes; /* both ways */
	/* From line_new() to line_end(), and since the handshake was over. */
	struct line_cpu cpu, after_handshake;
	/*
	 * From the first to the last large frame (LINE_LARGE) that the dialling
	 * side sends: what it put onto the line, and how long that took.
	 */
	uint64_t pushed;
	double pushing_s;
};

enum { LINE_LARGE = 8192 };

/* To that node; `manner` NULL: as fast as it goes. */
struct line *line_new(
	const struct other *far, const struct line_manner *manner);
/* The address to dial instead. */
const char *line_url(const struct line *line);
/* Waits until the conversation is over; frees the line. */
void line_end(struct line *line, struct line_figures *out);

#endif
