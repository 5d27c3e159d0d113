#ifndef CLIENT_CLI_OUTPUT_H
#define CLIENT_CLI_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * What commands print. Text shows control and bidirectional characters as
 * \u{…}, terminal or pipe, so that nothing that a peer sent can move the
 * cursor or turn a line around.
 */

/* One JSON document and a newline; takes the reference. */
void output_json(FILE *out, json_t *json);

/* Text with dangerous characters escaped; `lines` keeps line breaks. */
void output_text(FILE *out, const char *text, bool lines);
/* printf whose result is passed through output_text with lines kept. */
void output_format(FILE *out, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Columns that a terminal needs for the text (Chinese takes two each). */
size_t output_width(const char *text);

/*
 * A table whose columns are as wide as their widest cell (up to 48); cells
 * are copied. The first row is the heading.
 */
struct table;
struct table *table_new(size_t columns);
/* With that heading; each title (English) in the reader's language. */
struct table *table_titled(const char *const *titles, size_t count);
void table_cell(struct table *table, const char *text);
void table_print(struct table *table, FILE *out); /* and frees it */
void table_free(struct table *table);

/* The list as JSON or as the table, whichever is wanted; takes both. */
struct cli;
void output_list(struct cli *cli, json_t *list, struct table *table);

/* A text member of an object; "" when it is absent or no text. */
const char *output_member(const json_t *object, const char *name);

/*
 * A progress bar on stderr, drawn when a terminal looks on and the work takes
 * longer than a second; `total` 0 when it is not known.
 */
struct progress {
	FILE *err;
	bool terminal;
	const char *what;
	long long started_ms;
	long long drawn_ms;
};

void progress_start(
	struct progress *progress, FILE *err, bool terminal, const char *what);
void progress_step(struct progress *progress, size_t done, size_t total);
void progress_end(struct progress *progress);

#endif
