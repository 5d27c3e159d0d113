#include "tests/client/office.h"

#include "client/exchange/cell.h"
#include "client/exchange/export.h"
#include "client/exchange/import.h"
#include "client/node/list.h"
#include "proto/schema_roadbook.h"

/* ---- what a test needs ---- */

struct file {
	const char *text;
	size_t size;      /* 0: strlen */
	const char *key;  /* column, or NULL */
	const char *type; /* account unless it says */
	struct import_map maps[8];
	enum text_encoding encoding;
	bool dry_run;
};

static bool
try_import(struct node *node, const struct file *file,
	struct import_report *report, struct problem *problem)
{
	struct import_options options = {
		.type = schema_type_named(
			node->schema, file->type ? file->type : "account"),
		.bytes = (const uint8_t *)file->text,
		.size = file->size ? file->size : strlen(file->text),
		.maps = file->maps,
		.key = file->key,
		.source = "f",
		.encoding = file->encoding,
		.dry_run = file->dry_run};

	while (options.map_count < 8 && file->maps[options.map_count].column)
		options.map_count++;
	return import_csv(node, &options, report, problem);
}

/* Imports what must be importable. */
static struct import_report
import(struct node *node, const struct file *file)
{
	struct problem problem = {0};
	struct import_report report;

	office_good(try_import(node, file, &report, &problem), &problem);
	assert_int_equal(report.rows,
		report.added + report.updated + report.unchanged +
			report.rejected_count);
	return report;
}

static void
imports(struct node *node, const struct file *file, size_t added,
	size_t updated, size_t unchanged, size_t rejected)
{
	struct import_report report = import(node, file);

	for (size_t i = 0; i < report.rejected_count && !rejected; i++)
		print_error("line %zu: %s\n", report.rejected[i].line,
			report.rejected[i].reason);
	assert_int_equal(report.added, added);
	assert_int_equal(report.updated, updated);
	assert_int_equal(report.unchanged, unchanged);
	assert_int_equal(report.rejected_count, rejected);
	import_report_clear(&report);
}

static json_t *
record(struct node *node, const char *type, const char *name)
{
	struct problem problem = {0};
	struct found_record found;

	office_good(node_find(node, schema_type_named(node->schema, type), name,
			    &found, &problem),
		&problem);
	return node_record_json(node, &found);
}

static char *
export_of(struct node *node, const char *type, bool json, bool spreadsheet)
{
	struct problem problem = {0};
	struct export_options options = {
		.type = schema_type_named(node->schema, type),
		.json = json,
		.spreadsheet = spreadsheet};
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	office_good(export_records(node, &options, out, &problem), &problem);
	assert_int_equal(fclose(out), 0);
	return text;
}

static size_t
count_of(struct node *node, const char *type)
{
	char *text = export_of(node, type, true, false);
	json_t *json = json_loads(text, 0, NULL);
	size_t count = json_array_size(json);

	assert_true(json_is_array(json));
	json_decref(json);
	free(text);
	return count;
}

/* A field of the record with that name, as JSON text. */
static void
shows(struct node *node, const char *name, const char *field,
	const char *expected)
{
	json_t *json = record(node, "account", name);
	const json_t *value = json_object_get(json, field);
	char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT)
			   : strdup("");

	assert_string_equal(text, expected);
	free(text);
	json_decref(json);
}

/* A person sets a text field. */
static void
person_sets(struct node *node, const char *name, const char *field,
	const char *text)
{
	struct problem problem = {0};
	const struct schema_type *type =
		schema_type_named(node->schema, "account");
	struct found_record found;
	uint8_t bytes[256];
	struct pack pack;
	struct edit_operation operation = {
		.field = schema_field_named(type, field),
		.kind = OPERATION_PUT};
	struct edit edit = {
		.type = type, .operations = &operation, .operation_count = 1};
	struct edit_result result;

	office_good(node_find(node, type, name, &found, &problem), &problem);
	memcpy(edit.id, found.id, found.id_size);
	edit.id_size = found.id_size;
	pack_init(&pack, bytes, sizeof bytes);
	if (operation.field->kind == KIND_SET)
		operation.kind = OPERATION_DEL;
	pack_text(&pack, text);
	operation.value = (struct pack_view){bytes, pack.size};
	office_good(node_begin(node, &problem), &problem);
	office_good(node_write(node, &edit, 1, &result, &problem), &problem);
	office_good(node_commit(node, &problem), &problem);
}

static struct office office;
static struct node *rep;

static int
open_office(void **state)
{
	(void)state;
	text_set_language(LANGUAGE_EN);
	office_open(&office);
	rep = office_device(&office, "rep");
	return 0;
}

static int
close_office(void **state)
{
	(void)state;
	office_close(&office);
	return 0;
}

/* ---- mapping ---- */

static void
takes_columns_by_map_and_by_name_and_reports_the_rest(void **state)
{
	struct file file = {.text = "名称,行业,employees,忽略,legal_name\n"
				    "鑫澜,汽配,120,x,临溪鑫澜有限公司\n"
				    "港芯,半导体,,y,\n",
		.maps = {{"名称", "short_name"}, {"行业", "industry"}}};
	struct import_report report = import(rep, &file);

	(void)state;
	assert_int_equal(report.added, 2);
	assert_int_equal(report.left_out_count, 1);
	assert_string_equal(report.left_out[0], "忽略");
	import_report_clear(&report);
	shows(rep, "鑫澜", "legal_name", "\"临溪鑫澜有限公司\"");
	shows(rep, "鑫澜", "industry", "\"auto_parts\"");
	shows(rep, "鑫澜", "employees", "120");
	shows(rep, "港芯", "industry", "\"半导体\"");
	shows(rep, "港芯", "legal_name", "");
}

static void
without_a_key_every_row_is_a_new_record(void **state)
{
	struct file file = {.text = "short_name\nA\nA\n"};

	(void)state;
	imports(rep, &file, 2, 0, 0, 0);
	imports(rep, &file, 2, 0, 0, 0);
	assert_int_equal(count_of(rep, "account"), 4);
}

static void
splits_sets_and_puts_tuples_together_from_their_parts(void **state)
{
	struct file file = {
		.text = "short_name,phones,roles,rev,cur\n"
			"A,021-1|021-2,customer|供应商,5000.50,USD\n"
			"B,a\\|b,,,\n",
		.maps = {{"roles", "role_set"},
			{"rev", "annual_revenue.amount"},
			{"cur", "annual_revenue.currency"}}};

	(void)state;
	imports(rep, &file, 2, 0, 0, 0);
	shows(rep, "A", "phones", "[\"021-1\",\"021-2\"]");
	shows(rep, "A", "role_set", "[\"customer\",\"supplier\"]");
	shows(rep, "A", "annual_revenue",
		"{\"amount\":\"5000.50\",\"currency\":\"USD\"}");
	shows(rep, "B", "phones", "[\"a|b\"]");
}

static void
refers(const char *map_column, const char *map_field, const char *key,
	const char *named)
{
	struct file file = {.text = "name,kind\nA,x\n",
		.key = key,
		.maps = {{"name", "short_name"}, {map_column, map_field}}};
	struct problem problem = {0};
	struct import_report report;

	assert_false(try_import(rep, &file, &report, &problem));
	assert_int_equal(problem.code, EXIT_USAGE);
	assert_non_null(strstr(problem.message, named));
	import_report_clear(&report);
}

static void
refuses_unknown_fields_and_columns_by_name(void **state)
{
	(void)state;
	refers("kind", "knid", NULL, "knid");
	refers("kinds", "kind", NULL, "kinds");
	refers("kind", "kind", "code", "code");
	refers("kind", "short_name", NULL, "short_name");
	refers("kind", "moved", NULL, "moved");
	assert_int_equal(count_of(rep, "account"), 0);
}

/* ---- rejected rows ---- */

static void
rejected(const struct import_report *report, size_t at, size_t line,
	const char *word)
{
	assert_true(at < report->rejected_count);
	assert_int_equal(report->rejected[at].line, line);
	if (!strstr(report->rejected[at].reason, word))
		fail_msg("%s", report->rejected[at].reason);
}

static void
rejects_rows_with_line_and_reason_and_keeps_the_rest(void **state)
{
	struct file file = {.text = "code,short_name,kind,credit_limit\n"
				    "1,good,集团,\n"
				    "2,\"two\nlines\",,\n"
				    "3,bad code,nonsense,\n"
				    "4,\"broken\" quote,,\n"
				    ",no key,,\n"
				    "1,twice,,\n"
				    "6,too,many,,cells\n"
				    "7,,group,\n"
				    "8,rank,,5000 CNY\n"
				    "9,good as well,Company,\n",
		.key = "code"};
	struct import_report r = import(rep, &file);

	(void)state;
	assert_int_equal(r.rows, 10);
	assert_int_equal(r.added, 3);
	assert_int_equal(r.rejected_count, 7);
	rejected(&r, 0, 5, "nonsense");
	rejected(&r, 1, 6, "quote");
	rejected(&r, 2, 7, "empty");
	rejected(&r, 3, 8, "came before, in line 2");
	rejected(&r, 4, 9, "5 cells");
	rejected(&r, 5, 10, "name");
	rejected(&r, 6, 11, "head office");
	import_report_clear(&r);
	assert_int_equal(count_of(rep, "account"), 3);
	shows(rep, "two\nlines", "short_name", "\"two\\nlines\"");
	shows(rep, "good as well", "kind", "\"company\"");
}

/* ---- keys ---- */

static const struct file keyed = {.text = "code,short_name,industry,phones\n"
					  "000001,平安,银行,021-1\n"
					  "000002,万科,地产,021-2|021-3\n",
	.key = "code"};

static void
a_second_import_adds_and_changes_nothing(void **state)
{
	uint64_t pending;
	struct territory *t;
	struct found_record found;
	struct problem problem = {0};

	(void)state;
	imports(rep, &keyed, 2, 0, 0, 0);
	shows(rep, "平安", "external_ids", "[\"f:000001\"]");
	office_good(node_find(rep, schema_type_named(rep->schema, "account"),
			    "平安", &found, &problem),
		&problem);
	t = node_territory_numbered(rep, found.territory);
	pending = territory_pending(t);
	imports(rep, &keyed, 0, 0, 2, 0);
	assert_int_equal(territory_pending(t), pending);
	assert_int_equal(count_of(rep, "account"), 2);
}

static void
a_new_value_in_the_file_is_written_and_an_empty_cell_says_nothing(void **state)
{
	struct file later = keyed;

	(void)state;
	later.text = "code,short_name,industry,phones\n"
		     "000001,,综合金融,021-9\n"
		     "000002,万科,地产,\n";
	imports(rep, &keyed, 2, 0, 0, 0);
	imports(rep, &later, 0, 1, 1, 0);
	shows(rep, "平安", "industry", "\"综合金融\"");
	shows(rep, "平安", "phones", "[\"021-1\",\"021-9\"]");
	shows(rep, "万科", "phones", "[\"021-2\",\"021-3\"]");
	/* And back again: the source's own word is no person's edit. */
	imports(rep, &keyed, 0, 1, 1, 0);
	shows(rep, "平安", "industry", "\"银行\"");
}

static void
a_persons_edit_stays(void **state)
{
	struct file later = keyed;

	(void)state;
	later.text = "code,short_name,industry,phones\n"
		     "000001,平安,保险,021-1\n";
	imports(rep, &keyed, 2, 0, 0, 0);
	person_sets(rep, "平安", "industry", "保险业");
	person_sets(rep, "平安", "phones", "021-1"); /* takes it away */
	imports(rep, &keyed, 0, 0, 2, 0);
	shows(rep, "平安", "industry", "\"保险业\"");
	shows(rep, "平安", "phones", "");
	/* Until the file says something new. */
	imports(rep, &later, 0, 1, 0, 0);
	shows(rep, "平安", "industry", "\"保险\"");
	shows(rep, "平安", "phones", "");
}

static void
two_devices_that_import_one_file_make_the_same_records(void **state)
{
	struct node *other = office_device(&office, "rep");
	json_t *mine, *theirs;

	(void)state;
	imports(rep, &keyed, 2, 0, 0, 0);
	imports(other, &keyed, 2, 0, 0, 0);
	office_carry(rep, other);
	office_carry(other, rep);
	assert_int_equal(count_of(rep, "account"), 2);
	mine = record(rep, "account", "平安");
	theirs = record(other, "account", "平安");
	assert_true(json_equal(mine, theirs));
	assert_null(json_object_get(mine, "conflicts"));
	json_decref(mine);
	json_decref(theirs);
}

static void
an_edit_stays_on_a_device_that_remembers_no_import(void **state)
{
	struct node *other = office_device(&office, "rep");

	(void)state;
	imports(rep, &keyed, 2, 0, 0, 0);
	person_sets(rep, "平安", "industry", "保险业");
	person_sets(rep, "万科", "phones", "021-2");
	office_carry(rep, other);
	imports(other, &keyed, 0, 0, 2, 0);
	shows(other, "平安", "industry", "\"保险业\"");
	shows(other, "万科", "phones", "[\"021-3\"]");
	/* Nor one over a newer word of the source than this device's. */
	{
		struct file later = keyed;

		later.text = "code,short_name,industry,phones\n"
			     "000002,万科,物业,\n";
		imports(rep, &later, 0, 1, 0, 0);
		person_sets(rep, "万科", "industry", "不动产");
		office_carry(rep, other);
		imports(other, &later, 0, 0, 1, 0);
		shows(other, "万科", "industry", "\"不动产\"");
	}
}

static void
undecided_fields_are_skipped_and_reported(void **state)
{
	struct node *other = office_device(&office, "rep");
	struct file file = {
		.text = "code,legal_name,short_name\n1,甲,A\n", .key = "code"};
	struct file later = {
		.text = "code,legal_name,short_name\n1,丁,B\n", .key = "code"};
	struct import_report r;

	(void)state;
	imports(rep, &file, 1, 0, 0, 0);
	office_carry(rep, other);
	person_sets(rep, "A", "legal_name", "乙");
	person_sets(other, "A", "legal_name", "丙");
	office_carry(rep, other);
	r = import(other, &later);
	assert_int_equal(r.updated, 1);
	assert_int_equal(r.skipped_count, 1);
	assert_int_equal(r.skipped[0].line, 2);
	assert_string_equal(r.skipped[0].field->name, "legal_name");
	import_report_clear(&r);
	shows(other, "B", "conflicts", "[\"legal_name\"]");
}

/* ---- the rest ---- */

static void
a_dry_run_tells_the_same_and_writes_nothing(void **state)
{
	struct file dry = keyed;

	(void)state;
	dry.dry_run = true;
	imports(rep, &dry, 2, 0, 0, 0);
	assert_int_equal(count_of(rep, "account"), 0);
	imports(rep, &dry, 2, 0, 0, 0);
	imports(rep, &keyed, 2, 0, 0, 0);
	imports(rep, &dry, 0, 0, 2, 0);
}

static void
reads_gb18030(void **state)
{
	/* short_name,industry ⏎ 万科,地产 */
	struct file file = {.text = "short_name,industry\r\n"
				    "\xcd\xf2\xbf\xc6,\xb5\xd8\xb2\xfa\r\n"};
	struct import_report r = import(rep, &file);

	(void)state;
	assert_int_equal(r.encoding, TEXT_ENCODING_GB18030);
	import_report_clear(&r);
	shows(rep, "万科", "industry", "\"地产\"");
}

static void
rows_refer_to_records_by_name_earlier_rows_included(void **state)
{
	struct file accounts = {.text = "short_name,parent_id\n"
					"集团,\n子公司,集团\n孤儿,没有\n"};
	struct file contacts = {.type = "contact",
		.text = "name,客户,mobiles\n张三,子公司,\"139,label=work\"\n",
		.maps = {{"客户", "account"}}};
	json_t *json;

	(void)state;
	imports(rep, &accounts, 2, 0, 0, 1);
	imports(rep, &contacts, 1, 0, 0, 0);
	json = record(rep, "contact", "张三");
	assert_non_null(json_object_get(json, "account_id"));
	json_decref(json);
}

static void
an_immutable_record_comes_from_columns_of_its_parts(void **state)
{
	struct file accounts = {.text = "short_name\nA\n"};
	struct file visits = {.type = "visit",
		.text = "account_id,visited_on,goal\nA,2026-11-20,演示\n"};
	struct file notes = {.type = "visit_note", .key = "no", .text = NULL};
	char *export = NULL;
	char id[ID_TEXT_SIZE], text[256];

	(void)state;
	imports(rep, &accounts, 1, 0, 0, 0);
	imports(rep, &visits, 1, 0, 0, 0);
	export = export_of(rep, "visit", false, false);
	(void)snprintf(id, sizeof id, "%s", strchr(export, '\n') + 1);
	free(export);
	(void)snprintf(text, sizeof text,
		"no,visit_id,text,kind\n1,%s,\"一, \"\"二\"\"\n三\",fact\n",
		id);
	notes.text = text;
	imports(rep, &notes, 1, 0, 0, 0);
	imports(rep, &notes, 0, 0, 1, 0);
	export = export_of(rep, "visit_note", true, false);
	assert_non_null(strstr(export, "一, \\\"二\\\"\\n三"));
	free(export);
}

/* All records without what an import makes anew. */
static json_t *
values_of(struct node *node)
{
	char *text = export_of(node, "account", true, false);
	json_t *array = json_loads(text, 0, NULL);
	json_t *record;
	size_t i;

	json_array_foreach(array, i, record) json_object_del(record, "id");
	free(text);
	return array;
}

static void
an_export_reads_back_to_the_same_values(void **state)
{
	struct node *other = office_device(&office, "rep");
	struct file file = {
		.text = "short_name,legal_name,phones,aliases,industry,kind,"
			"addresses,annual_revenue,website,first_contact_on\n"
			"=A,\"a, \"\"b\"\"\",a\\|b|c\\\\|d\\e,"
			"\"x\\,y,kind=曾用名|z\",汽配,group,"
			"\"1 Road\\, City,kind=office,lat_e6=-5\","
			"\"1234.50,currency=USD,as_of=2026-01-01\","
			"https://a.example,2026-11-20\n"};
	struct file back = {0};
	json_t *mine, *theirs;
	char *csv;

	(void)state;
	for (int i = 0; i < 2; i++) {
		text_set_language(i ? LANGUAGE_ZH : LANGUAGE_EN);
		if (i == 0)
			imports(rep, &file, 1, 0, 0, 0);
		csv = export_of(rep, "account", false, false);
		back.text = csv;
		imports(i ? office_device(&office, "rep") : other, &back, 1, 0,
			0, 0);
		free(csv);
		mine = values_of(rep);
		theirs = values_of(office.devices[i + 1]);
		if (!json_equal(mine, theirs)) {
			json_dumpf(mine, stderr, JSON_INDENT(1));
			json_dumpf(theirs, stderr, JSON_INDENT(1));
		}
		assert_true(json_equal(mine, theirs));
		json_decref(mine);
		json_decref(theirs);
	}
	text_set_language(LANGUAGE_EN);
	csv = export_of(rep, "account", false, true);
	assert_memory_equal(csv, "\xef\xbb\xbfid,", 6);
	assert_non_null(strstr(csv, "'=A"));
	free(csv);
}

static void
elements_of_a_cell_read_back(void **state)
{
	static const char *const sets[][4] = {{"a", "b"}, {"a|b", "c"},
		{"a\\", "b"}, {"a\\|", "\\", "\\\\|\\"}, {"\\a", "a\\b"}};

	(void)state;
	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
		char *cell = NULL, out[64];
		size_t size = 0;
		FILE *file = open_memstream(&cell, &size);
		const char *at;

		for (size_t k = 0; sets[i][k]; k++)
			cell_put_element(
				file, sets[i][k], strlen(sets[i][k]), k == 0);
		(void)fclose(file);
		at = cell;
		for (size_t k = 0; sets[i][k]; k++) {
			assert_non_null(at);
			assert_int_equal(cell_next_element(&at, &size, out),
				strlen(sets[i][k]));
			assert_string_equal(out, sets[i][k]);
		}
		assert_null(at);
		free(cell);
	}
}

/* Several batches, and again after the first was lost half-way. */
static void
imports_thousands_of_rows_in_batches(void **state)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	enum { ROWS = 3 * IMPORT_BATCH_ROWS };
	struct file file = {.key = "code"};

	(void)state;
	(void)fputs("code,short_name\n", out);
	for (int i = 0; i < ROWS; i++)
		(void)fprintf(out, "%d,company %d\n", i, i);
	(void)fclose(out);
	file.text = text;
	file.size = size / 2;
	while (text[file.size - 1] != '\n')
		file.size--;
	{
		struct import_report r = import(rep, &file);
		size_t first = r.added;

		assert_true(first > IMPORT_BATCH_ROWS && first < ROWS);
		import_report_clear(&r);
		file.size = size;
		imports(rep, &file, ROWS - first, 0, first, 0);
	}
	assert_int_equal(count_of(rep, "account"), ROWS);
	free(text);
}

/* A row that would make the batch larger than a change may be. */
static void
a_large_row_after_a_full_batch_goes_in_too(void **state)
{
	enum { SMALL = 600, WIDE = 900 };
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct file file = {0};

	(void)state;
	(void)fputs("short_name,external_ids\n", out);
	for (int i = 0; i < SMALL; i++)
		(void)fprintf(out, "company %d,%0300d\n", i, i);
	(void)fputs("the large one,", out);
	for (int i = 0; i < WIDE; i++)
		(void)fprintf(out, "%s%0400d", i ? "|" : "", i);
	(void)fputs("\nthe last\n", out);
	(void)fputs("the last,x\n", out);
	(void)fclose(out);
	file.text = text;
	file.size = size;
	imports(rep, &file, SMALL + 2, 0, 0, 1);
	assert_int_equal(count_of(rep, "account"), SMALL + 2);
	free(text);
}

/* It is remembered over all batches where an account is, and how. */
static void
rows_open_an_archived_record_that_they_refer_to(void **state)
{
	struct file accounts = {.key = "code",
		.text = "code,short_name,archived\n1,鑫澜,true\n2,恒沅,true\n"};
	struct file contacts = {.type = "contact"};
	enum { ROWS = IMPORT_BATCH_ROWS + 500 };
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	imports(rep, &accounts, 2, 0, 0, 0);
	shows(rep, "鑫澜", "archived", "true");
	(void)fputs("name,account_id\n", out);
	for (int i = 0; i < ROWS; i++)
		(void)fprintf(out, "contact %d,%s\n", i,
			i == IMPORT_BATCH_ROWS + 100 ? "恒沅" : "鑫澜");
	(void)fclose(out);
	contacts.text = text;
	contacts.size = size;
	imports(rep, &contacts, ROWS, 0, 0, 0);
	shows(rep, "鑫澜", "archived", "");
	shows(rep, "恒沅", "archived", "");
	free(text);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, open_office, close_office)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(takes_columns_by_map_and_by_name_and_reports_the_rest),
		TEST(without_a_key_every_row_is_a_new_record),
		TEST(splits_sets_and_puts_tuples_together_from_their_parts),
		TEST(refuses_unknown_fields_and_columns_by_name),
		TEST(rejects_rows_with_line_and_reason_and_keeps_the_rest),
		TEST(a_second_import_adds_and_changes_nothing),
		TEST(a_new_value_in_the_file_is_written_and_an_empty_cell_says_nothing),
		TEST(a_persons_edit_stays),
		TEST(two_devices_that_import_one_file_make_the_same_records),
		TEST(an_edit_stays_on_a_device_that_remembers_no_import),
		TEST(undecided_fields_are_skipped_and_reported),
		TEST(a_dry_run_tells_the_same_and_writes_nothing),
		TEST(reads_gb18030),
		TEST(rows_refer_to_records_by_name_earlier_rows_included),
		TEST(an_immutable_record_comes_from_columns_of_its_parts),
		TEST(an_export_reads_back_to_the_same_values),
		cmocka_unit_test(elements_of_a_cell_read_back),
		TEST(imports_thousands_of_rows_in_batches),
		TEST(a_large_row_after_a_full_batch_goes_in_too),
		TEST(rows_open_an_archived_record_that_they_refer_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
