/* client/exchange/csv and csv_write: what people's files say is what is read,
 * and what is written is read back. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/exchange/csv.h"
#include "client/exchange/csv_write.h"

#define FIELD(text)                                                            \
	{                                                                      \
		(text), sizeof(text) - 1                                       \
	}

enum { RENDERED_MAX = 1024 };

static const char cn_path[] = "../shared/data/cn-listed-companies.csv";
static const char us_path[] = "../shared/data/sp500-constituents.csv";

/* All rows of `text`, as "line:[field][field] line!fault@fault_line ...". */
static const char *
rendered(const char *text, size_t size, char separator)
{
	static struct csv_reader reader;
	static char out[RENDERED_MAX];
	FILE *file = fmemopen(out, sizeof out, "w");
	struct csv_row row;
	enum status status;

	assert_non_null(file);
	csv_reader_init(&reader, text, size, separator);
	while ((status = csv_next_row(&reader, &row)) != STATUS_ABSENT) {
		if (ftell(file) > 0)
			(void)fputc(' ', file);
		(void)fprintf(file, "%zu", row.line);
		if (status == STATUS_MALFORMED) {
			assert_int_equal(row.count, 0);
			(void)fprintf(file, "!%d@%zu", (int)row.fault,
				row.fault_line);
			continue;
		}
		assert_int_equal(status, STATUS_OK);
		(void)fputc(':', file);
		for (size_t i = 0; i < row.count; i++)
			(void)fprintf(file, "[%.*s]", (int)row.fields[i].size,
				row.fields[i].bytes);
	}
	csv_reader_clear(&reader);
	(void)fputc('\0', file);
	assert_int_equal(fclose(file), 0);
	return out;
}

static void
assert_reads(const char *text, const char *expected)
{
	assert_string_equal(rendered(text, strlen(text), '\0'), expected);
}

static void
reads_rows_ended_by_lf_crlf_or_cr(void **state)
{
	(void)state;
	assert_reads("a,b\nc,d\n", "1:[a][b] 2:[c][d]");
	assert_reads("a,b\r\nc,d\r\n", "1:[a][b] 2:[c][d]");
	assert_reads("a,b\rc,d\r", "1:[a][b] 2:[c][d]");
	assert_reads("a\nb\r\nc\rd\n", "1:[a] 2:[b] 3:[c] 4:[d]");
}

static void
reads_a_last_row_without_a_line_end(void **state)
{
	(void)state;
	assert_reads("a,b\nc,d", "1:[a][b] 2:[c][d]");
	assert_reads("a,b\nc,", "1:[a][b] 2:[c][]");
	assert_reads("a,\"b\"", "1:[a][b]");
	assert_reads("\"\"", "1:[]");
}

static void
skips_blank_lines_but_counts_them(void **state)
{
	(void)state;
	assert_reads("", "");
	assert_reads("\n\r\n\r", "");
	assert_reads("\n\na,b\r\n\r\n\rc,d\n\n", "3:[a][b] 6:[c][d]");
	assert_reads("a,b\n,\n \n", "1:[a][b] 2:[][] 3:[ ]");
}

static void
resolves_quotes_doubled_inside_of_quotes(void **state)
{
	(void)state;
	assert_reads("a,\"say \"\"hi\"\"\",c", "1:[a][say \"hi\"][c]");
	assert_reads("\"\"\"\",\"\"\"\"\"\",b", "1:[\"][\"\"][b]");
	assert_reads(
		"\"\"\"a\",\"b\"\"\"\n\"\"\"c\",d", "1:[\"a][b\"] 2:[\"c][d]");
}

static void
keeps_line_ends_inside_of_quotes_as_they_are(void **state)
{
	(void)state;
	assert_reads("a,b\n\"1\n2\",\"3\r\n4\"\n\"5\r6\",7\n8,9",
		"1:[a][b] 2:[1\n2][3\r\n4] 5:[5\r6][7] 7:[8][9]");
}

static void
takes_a_quote_within_an_unquoted_field_as_text(void **state)
{
	(void)state;
	assert_reads("5\" pipe,a\"b\"\n \"x\",y\"",
		"1:[5\" pipe][a\"b\"] 2:[ \"x\"][y\"]");
}

static void
reports_text_after_a_closing_quote_and_goes_on(void **state)
{
	(void)state;
	assert_reads("a,b\n\"x\"y,\"1\n2\"\n3,4", "1:[a][b] 2!1@2 4:[3][4]");
	assert_reads("a,b\n\"x\ny\" ,1\n3,4", "1:[a][b] 2!1@3 4:[3][4]");
}

static void
reports_an_open_quote_where_it_opened(void **state)
{
	(void)state;
	assert_reads("a,b\n1,2\n3,\"4\n5,6\n", "1:[a][b] 2:[1][2] 3!2@3");
	assert_reads("a,b\n\"1\n\",\"2\n3", "1:[a][b] 2!2@3");
	assert_reads("a,b\n\"x\"y,\"2\n3", "1:[a][b] 2!2@2");
	assert_reads("\"", "1!2@1");
	assert_reads("\"a\"\"", "1!2@1");
}

static void
finds_the_separator_in_the_first_row_outside_of_quotes(void **state)
{
	(void)state;
	assert_reads("a;b;c\n1,5;2;3", "1:[a][b][c] 2:[1,5][2][3]");
	assert_reads("a\tb\n1,2;3\t4", "1:[a][b] 2:[1,2;3][4]");
	assert_reads("a,b;c\n", "1:[a][b;c]");
	assert_reads("a;b\tc\n", "1:[a][b\tc]");
	assert_reads("a\n1;2\n", "1:[a] 2:[1;2]");
	assert_reads("\"a,b,c\";\"d,\n,e\"\n1;2", "1:[a,b,c][d,\n,e] 3:[1][2]");
	assert_reads("a;\"b,\"\",c\"\n", "1:[a][b,\",c]");
	assert_reads("5\" a,b;c;d\n", "1:[5\" a,b][c][d]");
	assert_reads("\r\n\r\na;b;c,d", "3:[a][b][c,d]");
}

static void
takes_the_separator_it_is_told(void **state)
{
	(void)state;
	assert_string_equal(rendered("a,b;c", 5, ';'), "1:[a,b][c]");
	assert_string_equal(rendered("a|b;c", 5, '|'), "1:[a][b;c]");
}

static void
reads_as_many_fields_as_the_limit_and_refuses_one_more(void **state)
{
	static const char next[] = {'\n', 'x', ',', 'y'};
	static char text[CSV_ROW_FIELDS_MAX + sizeof next];
	static struct csv_reader reader;
	struct csv_row row;

	(void)state;
	for (size_t more = 0; more < 2; more++) {
		size_t commas = CSV_ROW_FIELDS_MAX - 1 + more;

		memset(text, ',', commas);
		memcpy(text + commas, next, sizeof next);
		csv_reader_init(&reader, text, commas + sizeof next, '\0');
		assert_int_equal(csv_next_row(&reader, &row),
			more ? STATUS_MALFORMED : STATUS_OK);
		assert_int_equal(row.count, more ? 0 : CSV_ROW_FIELDS_MAX);
		assert_int_equal(row.fault,
			more ? CSV_FAULT_FIELD_COUNT : CSV_FAULT_NONE);
		assert_int_equal(csv_next_row(&reader, &row), STATUS_OK);
		assert_int_equal(row.count, 2);
		assert_int_equal(row.line, 2);
		csv_reader_clear(&reader);
	}
}

/* `quote` opens, closes and stands doubled within; or is a plain letter. */
static void
assert_field_limit(char quote, size_t size, enum status expected)
{
	static struct csv_reader reader;
	char *text = malloc(size + 16);
	struct csv_row row;
	size_t at = 0;

	assert_non_null(text);
	text[at++] = quote;
	if (quote == '"') { /* one byte of the field in two */
		text[at++] = quote;
		text[at++] = quote;
		memset(text + at, 'x', size - 1);
		at += size - 1;
		text[at++] = quote;
	} else {
		memset(text + at, 'x', size - 1);
		at += size - 1;
	}
	text[at++] = '\n';
	text[at++] = '1';
	csv_reader_init(&reader, text, at, '\0');
	assert_int_equal(csv_next_row(&reader, &row), expected);
	if (expected == STATUS_OK)
		assert_int_equal(row.fields[0].size, size);
	else
		assert_int_equal(row.fault, CSV_FAULT_FIELD_SIZE);
	assert_int_equal(csv_next_row(&reader, &row), STATUS_OK);
	assert_int_equal(row.line, 2);
	csv_reader_clear(&reader);
	free(text);
}

static void
reads_a_field_up_to_its_limit_and_refuses_a_byte_more(void **state)
{
	(void)state;
	assert_field_limit('x', CSV_FIELD_MAX, STATUS_OK);
	assert_field_limit('x', CSV_FIELD_MAX + 1, STATUS_MALFORMED);
	assert_field_limit('"', CSV_FIELD_MAX, STATUS_OK);
	assert_field_limit('"', CSV_FIELD_MAX + 1, STATUS_MALFORMED);
}

static void
survives_every_cut_of_a_file_under_every_separator(void **state)
{
	static const char text[] = "a,\"b\"\"c\";d\te\r\n\n\"1\r\n2\",\"\"\r"
				   "\"x\"y,z;\"\"\"\"\n5\" pipe,\"open\n";
	static const char separators[] = {'\0', ',', ';', '\t', '|'};

	(void)state;
	for (size_t from = 0; from < sizeof text - 1; from++) {
		for (size_t size = 0; size < sizeof text - from; size++) {
			char *cut = malloc(size + !size); /* for ASan */

			assert_non_null(cut);
			memcpy(cut, text + from, size);
			for (size_t i = 0; i < sizeof separators; i++)
				(void)rendered(cut, size, separators[i]);
			free(cut);
		}
	}
}

/* What csv_write_row() makes of one row; the caller frees it. */
static char *
written(const struct csv_field *fields, size_t count, size_t *size,
	const struct csv_write_options *options)
{
	char *out = NULL;
	FILE *file = open_memstream(&out, size);

	assert_non_null(file);
	assert_int_equal(
		csv_write_row(file, fields, count, options), STATUS_OK);
	assert_int_equal(fclose(file), 0);
	return out;
}

static void
assert_writes(const char *text, size_t size, const char *expected,
	const struct csv_write_options *options)
{
	struct csv_field fields[] = {{text, size}, FIELD("z")};
	size_t out_size;
	char *out = written(fields, 2, &out_size, options);

	assert_int_equal(strlen(out), out_size);
	assert_string_equal(out, expected);
	free(out);
}

static void
assert_exact(const char *text, const char *expected)
{
	assert_writes(text, strlen(text), expected, NULL);
}

static void
assert_guarded(const char *text, const char *expected)
{
	struct csv_write_options options = {.for_spreadsheet = true};

	assert_writes(text, strlen(text), expected, &options);
}

static void
quotes_only_what_would_not_read_back_without(void **state)
{
	(void)state;
	assert_exact("", ",z\r\n");
	assert_exact("plain text", "plain text,z\r\n");
	assert_exact("北京", "北京,z\r\n");
	assert_exact("=1+1", "=1+1,z\r\n");
	assert_exact("a,b", "\"a,b\",z\r\n");
	assert_exact("a;b", "\"a;b\",z\r\n");
	assert_exact("a\tb", "\"a\tb\",z\r\n");
	assert_exact("5\"", "\"5\"\"\",z\r\n");
	assert_exact("a\nb", "\"a\nb\",z\r\n");
	assert_exact("a\rb", "\"a\rb\",z\r\n");
	assert_exact(" a", "\" a\",z\r\n");
	assert_exact("a ", "\"a \",z\r\n");
	assert_exact("\xef\xbb\xbf"
		     "a",
		"\"\xef\xbb\xbf"
		"a\",z\r\n");
}

static void
writes_the_separator_it_is_told(void **state)
{
	struct csv_write_options semicolon = {.separator = ';'};
	struct csv_write_options pipe = {.separator = '|'};

	(void)state;
	assert_writes("a", 1, "a;z\r\n", &semicolon);
	assert_writes("a|b", 3, "\"a|b\"|z\r\n", &pipe);
}

static void
guards_a_spreadsheet_from_formulas_when_asked(void **state)
{
	(void)state;
	assert_guarded("=1+1", "'=1+1,z\r\n");
	assert_guarded("+86 10", "'+86 10,z\r\n");
	assert_guarded("-1+cmd", "'-1+cmd,z\r\n");
	assert_guarded("@SUM(A1)", "'@SUM(A1),z\r\n");
	assert_guarded("\t=1", "\"'\t=1\",z\r\n");
	assert_guarded("\r=1", "\"'\r=1\",z\r\n");
	assert_guarded("=HYPERLINK(\"x\",\"y\")",
		"\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\",z\r\n");
	assert_guarded("a=1", "a=1,z\r\n");
	assert_guarded("", ",z\r\n");
}

static void
leaves_negative_numbers_to_a_spreadsheet(void **state)
{
	(void)state;
	assert_guarded("-5", "-5,z\r\n");
	assert_guarded("-12.50", "-12.50,z\r\n");
	assert_guarded("-", "'-,z\r\n");
	assert_guarded("-.5", "'-.5,z\r\n");
	assert_guarded("-5.", "'-5.,z\r\n");
	assert_guarded("-1.2.3", "'-1.2.3,z\r\n");
	assert_guarded("-5-5", "'-5-5,z\r\n");
	assert_guarded("--5", "'--5,z\r\n");
}

static void
refuses_to_write_a_field_that_would_not_read_back(void **state)
{
	char *text = calloc(1, CSV_FIELD_MAX + 1), *out = NULL;
	struct csv_field fields[] = {FIELD("a"), {text, CSV_FIELD_MAX + 1}};
	size_t size;
	FILE *file = open_memstream(&out, &size);

	(void)state;
	assert_non_null(text);
	assert_non_null(file);
	assert_int_equal(csv_write_row(file, fields, 2, NULL), STATUS_REFUSED);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(size, 0);
	free(out);
	free(text);
}

static void
tells_when_the_file_does_not_take_it(void **state)
{
	struct csv_field field = FIELD("a");
	FILE *file = fopen("/dev/full", "wb");

	(void)state;
	if (!file)
		skip();
	(void)setvbuf(file, NULL, _IONBF, 0); /* to hear of it at once */
	assert_int_equal(csv_write_row(file, &field, 1, NULL), STATUS_FAILED);
	(void)fclose(file); /* nothing is in it */
}

static const struct csv_field nasty[] = {FIELD(""), FIELD("a"), FIELD("\""),
	FIELD("\"\""), FIELD("\"a\""), FIELD(","), FIELD(";"), FIELD("\t"),
	FIELD("\n"), FIELD("\r"), FIELD("\r\n"), FIELD("\n\r"), FIELD(" "),
	FIELD(" a "), FIELD("5\" pipe"), FIELD("\",\""), FIELD("a\"\r\n\"b"),
	FIELD("北京"), FIELD("万 科Ａ，\"深圳\""), FIELD("\xef\xbb\xbf"),
	FIELD("=1+1"), FIELD("'"), FIELD("😀\r")};

enum { NASTY_COUNT = sizeof nasty / sizeof nasty[0] };

static void
assert_next_row(
	struct csv_reader *reader, const struct csv_field *fields, size_t count)
{
	struct csv_row row;

	assert_int_equal(csv_next_row(reader, &row), STATUS_OK);
	assert_int_equal(row.count, count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(row.fields[i].size, fields[i].size);
		assert_memory_equal(
			row.fields[i].bytes, fields[i].bytes, fields[i].size);
	}
}

/* Writes the same row twice and reads both, told the separator or not. */
static void
assert_row_comes_back(
	const struct csv_field *fields, size_t count, char separator, char told)
{
	static struct csv_reader reader;
	struct csv_write_options options = {.separator = separator};
	struct csv_row row;
	size_t size, all_size;
	char *once = written(fields, count, &size, &options);
	char *out = NULL;
	FILE *file = open_memstream(&out, &all_size);

	assert_non_null(file);
	for (int i = 0; i < 2; i++)
		assert_int_equal(csv_write_row(file, fields, count, &options),
			STATUS_OK);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(all_size, 2 * size);
	assert_memory_equal(out, once, size);

	csv_reader_init(&reader, out, all_size, told);
	assert_next_row(&reader, fields, count);
	assert_next_row(&reader, fields, count);
	assert_int_equal(csv_next_row(&reader, &row), STATUS_ABSENT);
	csv_reader_clear(&reader);
	free(once);
	free(out);
}

static void
reads_back_every_nasty_row_it_wrote(void **state)
{
	static const char separators[] = {',', ';', '\t', '|'};

	(void)state;
	for (size_t s = 0; s < sizeof separators; s++) {
		char told = separators[s] == '|' ? '|' : '\0';

		for (size_t i = 0; i < (size_t)NASTY_COUNT * NASTY_COUNT; i++) {
			struct csv_field fields[] = {nasty[i % NASTY_COUNT],
				nasty[i / NASTY_COUNT], nasty[i % NASTY_COUNT]};

			assert_row_comes_back(fields, 1, separators[s], told);
			assert_row_comes_back(fields, 2, separators[s], told);
			assert_row_comes_back(fields, 3, separators[s], told);
		}
	}
}

/* The file as it is, or NULL where this checkout has none beside it. */
static char *
load(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	char *bytes = NULL;
	long end;

	if (!file)
		return NULL;
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	end = ftell(file);
	assert_true(end > 0);
	rewind(file);
	bytes = malloc((size_t)end);
	assert_non_null(bytes);
	*size = fread(bytes, 1, (size_t)end, file);
	assert_int_equal(*size, end);
	(void)fclose(file); /* only read */
	return bytes;
}

static void
assert_register(const char *path, size_t rows, const struct csv_field *first,
	const struct csv_field *last, size_t columns)
{
	static struct csv_reader reader;
	struct csv_row row;
	size_t size = 0;
	char *bytes = load(path, &size);

	if (!bytes)
		skip();
	csv_reader_init(&reader, bytes, size, '\0');
	assert_int_equal(csv_next_row(&reader, &row), STATUS_OK); /* header */
	assert_int_equal(row.count, columns);
	assert_next_row(&reader, first, columns);
	for (size_t i = 2; i < rows; i++) {
		assert_int_equal(csv_next_row(&reader, &row), STATUS_OK);
		assert_int_equal(row.count, columns);
		assert_int_equal(row.line, i + 1);
	}
	assert_next_row(&reader, last, columns);
	assert_int_equal(csv_next_row(&reader, &row), STATUS_ABSENT);
	csv_reader_clear(&reader);
	free(bytes);
}

static void
reads_the_register_of_chinese_companies(void **state)
{
	static const struct csv_field first[] = {FIELD("000001"),
		FIELD("平安银行"), FIELD("银行"), FIELD("深圳"),
		FIELD("353017984.0"), FIELD("19910403")};
	static const struct csv_field last[] = {FIELD("603999"),
		FIELD("读者传媒"), FIELD("出版业"), FIELD("甘肃"),
		FIELD("205132.09"), FIELD("20151210")};

	(void)state;
	assert_register(cn_path, 3621, first, last, 6);
}

static void
reads_the_register_of_american_companies(void **state)
{
	static const struct csv_field first[] = {FIELD("MMM"), FIELD("3M"),
		FIELD("Industrials"), FIELD("Industrial Conglomerates"),
		FIELD("Saint Paul, Minnesota"), FIELD("1957-03-04"),
		FIELD("66740"), FIELD("1902")};
	static const struct csv_field last[] = {FIELD("ZTS"), FIELD("Zoetis"),
		FIELD("Health Care"), FIELD("Pharmaceuticals"),
		FIELD("Parsippany, New Jersey"), FIELD("2013-06-21"),
		FIELD("1555280"), FIELD("1952")};

	(void)state;
	assert_register(us_path, 503, first, last, 8);
}

static void
writes_the_register_of_chinese_companies_byte_for_byte(void **state)
{
	static struct csv_reader reader;
	struct csv_row row;
	size_t size = 0, out_size;
	char *bytes = load(cn_path, &size), *out = NULL;
	FILE *file;

	(void)state;
	if (!bytes)
		skip();
	file = open_memstream(&out, &out_size);
	assert_non_null(file);
	csv_reader_init(&reader, bytes, size, '\0');
	while (csv_next_row(&reader, &row) == STATUS_OK)
		assert_int_equal(
			csv_write_row(file, row.fields, row.count, NULL),
			STATUS_OK);
	csv_reader_clear(&reader);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(out_size, size);
	assert_memory_equal(out, bytes, size);
	free(bytes);
	free(out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_rows_ended_by_lf_crlf_or_cr),
		cmocka_unit_test(reads_a_last_row_without_a_line_end),
		cmocka_unit_test(skips_blank_lines_but_counts_them),
		cmocka_unit_test(resolves_quotes_doubled_inside_of_quotes),
		cmocka_unit_test(keeps_line_ends_inside_of_quotes_as_they_are),
		cmocka_unit_test(
			takes_a_quote_within_an_unquoted_field_as_text),
		cmocka_unit_test(
			reports_text_after_a_closing_quote_and_goes_on),
		cmocka_unit_test(reports_an_open_quote_where_it_opened),
		cmocka_unit_test(
			finds_the_separator_in_the_first_row_outside_of_quotes),
		cmocka_unit_test(takes_the_separator_it_is_told),
		cmocka_unit_test(
			reads_as_many_fields_as_the_limit_and_refuses_one_more),
		cmocka_unit_test(
			reads_a_field_up_to_its_limit_and_refuses_a_byte_more),
		cmocka_unit_test(
			survives_every_cut_of_a_file_under_every_separator),
		cmocka_unit_test(quotes_only_what_would_not_read_back_without),
		cmocka_unit_test(writes_the_separator_it_is_told),
		cmocka_unit_test(guards_a_spreadsheet_from_formulas_when_asked),
		cmocka_unit_test(leaves_negative_numbers_to_a_spreadsheet),
		cmocka_unit_test(
			refuses_to_write_a_field_that_would_not_read_back),
		cmocka_unit_test(tells_when_the_file_does_not_take_it),
		cmocka_unit_test(reads_back_every_nasty_row_it_wrote),
		cmocka_unit_test(reads_the_register_of_chinese_companies),
		cmocka_unit_test(reads_the_register_of_american_companies),
		cmocka_unit_test(
			writes_the_register_of_chinese_companies_byte_for_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
