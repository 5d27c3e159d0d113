#include "client/cli/output.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <utf8proc.h>

#include "client/cli/command.h"
#include "client/text/text.h"
#include "client/text/text_stream.h"
#include "sync/alloc.h"

void
output_json(FILE *out, json_t *json)
{
	(void)json_dumpf(json, out,
		JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_ENCODE_ANY);
	(void)fputc('\n', out);
	json_decref(json);
}

/* Controls, and the marks that change the direction of what follows. */
static bool
is_dangerous(utf8proc_int32_t c, bool lines)
{
	if (c == '\n' || c == '\t')
		return !lines;
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c ||
		c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
		(c >= 0x2066 && c <= 0x2069) || c == 0x2028 || c == 0x2029 ||
		c == 0xfeff;
}

void
output_text(FILE *out, const char *text, bool lines)
{
	const uint8_t *at = (const uint8_t *)text;

	while (*at) {
		utf8proc_int32_t c;
		utf8proc_ssize_t size = utf8proc_iterate(at, -1, &c);

		if (size <= 0) {
			(void)fprintf(out, "\\u{%x}", *at);
			at++;
			continue;
		}
		if (is_dangerous(c, lines))
			(void)fprintf(out, "\\u{%x}", (unsigned)c);
		else
			(void)fwrite(at, 1, (size_t)size, out);
		at += size;
	}
}

void
output_format(FILE *out, const char *format, ...)
{
	va_list args;
	char *text = NULL;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		alloc_failed();
	va_end(args);
	output_text(out, text, true);
	free(text);
}

size_t
output_width(const char *text)
{
	const uint8_t *at = (const uint8_t *)text;
	size_t width = 0;

	while (*at) {
		utf8proc_int32_t c;
		utf8proc_ssize_t size = utf8proc_iterate(at, -1, &c);

		if (size <= 0) {
			size = 1;
			width++;
		} else {
			int w = utf8proc_charwidth(c);

			width += w > 0 ? (size_t)w : 0;
		}
		at += size;
	}
	return width;
}

struct table {
	size_t columns;
	char **cells;
	size_t count;
	size_t room;
};

enum { COLUMN_WIDTH_MAX = 48, COLUMN_GAP = 2 };

struct table *
table_new(size_t columns)
{
	struct table *table = alloc(sizeof *table);

	table->columns = columns;
	return table;
}

/* The text as it will be printed: escaped, and cut to the widest column. */
static char *
cell_text(const char *text)
{
	struct text_stream stream;
	FILE *memory = text_stream_open(&stream);
	size_t width = 0;
	char *shown;
	uint8_t *at;

	output_text(memory, text, false);
	(void)fclose(memory); /* memory only */
	shown = stream.bytes;
	for (at = (uint8_t *)shown; *at;) {
		utf8proc_int32_t c;
		utf8proc_ssize_t step = utf8proc_iterate(at, -1, &c);
		int w = step > 0 ? utf8proc_charwidth(c) : 1;

		width += w > 0 ? (size_t)w : 0;
		if (width > COLUMN_WIDTH_MAX - 1 &&
			output_width(shown) > COLUMN_WIDTH_MAX) {
			size_t used = (size_t)(at - (uint8_t *)shown);

			shown = alloc_again(shown, used + 4);
			memcpy(shown + used, "…", 4);
			return shown;
		}
		at += step > 0 ? step : 1;
	}
	return shown;
}

void
table_cell(struct table *table, const char *text)
{
	if (table->count == table->room) {
		table->room = table->room ? table->room * 2 : 64;
		table->cells = alloc_again(
			table->cells, table->room * sizeof *table->cells);
	}
	table->cells[table->count++] = cell_text(text);
}

struct table *
table_titled(const char *const *titles, size_t count)
{
	struct table *table = table_new(count);

	for (size_t i = 0; i < count; i++)
		table_cell(table, text_of(titles[i]));
	return table;
}

static void
print_cell(FILE *out, const char *text, size_t width)
{
	(void)fputs(text, out);
	for (size_t w = output_width(text); w < width; w++)
		(void)fputc(' ', out);
}

void
table_print(struct table *table, FILE *out)
{
	size_t *widths = alloc(table->columns * sizeof *widths);

	for (size_t i = 0; i < table->count; i++) {
		size_t width = output_width(table->cells[i]);

		if (width > widths[i % table->columns])
			widths[i % table->columns] = width;
	}
	for (size_t i = 0; i < table->count; i++) {
		size_t column = i % table->columns;
		bool last = column + 1 == table->columns;

		print_cell(out, table->cells[i],
			last ? 0 : widths[column] + COLUMN_GAP);
		if (last)
			(void)fputc('\n', out);
	}
	free(widths);
	table_free(table);
}

void
table_free(struct table *table)
{
	for (size_t i = 0; i < table->count; i++)
		free(table->cells[i]);
	free(table->cells);
	free(table);
}

void
output_list(struct cli *cli, json_t *list, struct table *table)
{
	if (cli->json) {
		output_json(cli->out, list);
		table_free(table);
	} else {
		json_decref(list);
		table_print(table, cli->out);
	}
}

const char *
output_member(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

static long long
monotonic_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* always there */
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

enum { PROGRESS_AFTER_MS = 1000, PROGRESS_EVERY_MS = 100, PROGRESS_BAR = 30 };

void
progress_start(
	struct progress *progress, FILE *err, bool terminal, const char *what)
{
	*progress = (struct progress){.err = err,
		.terminal = terminal,
		.what = what,
		.started_ms = monotonic_ms()};
}

void
progress_step(struct progress *progress, size_t done, size_t total)
{
	long long now = monotonic_ms();

	if (!progress->terminal ||
		now - progress->started_ms < PROGRESS_AFTER_MS ||
		now - progress->drawn_ms < PROGRESS_EVERY_MS)
		return;
	progress->drawn_ms = now;
	(void)fprintf(progress->err, "\r%s ", progress->what);
	if (total) {
		size_t full = done * PROGRESS_BAR / total;

		for (size_t i = 0; i < PROGRESS_BAR; i++)
			(void)fputc(i < full ? '#' : '.', progress->err);
		(void)fprintf(progress->err, " %zu/%zu", done, total);
	} else {
		(void)fprintf(progress->err, "%zu", done);
	}
	(void)fflush(progress->err);
}

void
progress_end(struct progress *progress)
{
	if (progress->drawn_ms)
		(void)fputs("\r\033[K", progress->err);
}
