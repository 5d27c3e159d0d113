#include "client/exchange/value_scalar.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "client/exchange/moment.h"
#include "client/exchange/money.h"

enum { ID_SIZE = 16, ID_TEXT_SIZE = 36 };

void
sink_put(struct sink *sink, const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (sink->escape && (text[i] == ',' || text[i] == '\\')) {
			if (sink->size + 1 < sink->room)
				sink->out[sink->size] = '\\';
			sink->size++;
		}
		if (sink->size + 1 < sink->room)
			sink->out[sink->size] = text[i];
		sink->size++;
	}
}

/* The size of valid UTF-8 cut at `size` without a last character in parts. */
static size_t
whole_characters(const char *text, size_t size)
{
	size_t lead = size; /* after the last character's first byte */
	uint8_t first;
	size_t whole;

	while (lead && ((uint8_t)text[lead - 1] & 0xc0) == 0x80)
		lead--;
	if (lead == 0)
		return 0;
	first = (uint8_t)text[lead - 1];
	whole = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	return size - (lead - 1) < whole ? lead - 1 : size;
}

size_t
sink_end(struct sink *sink)
{
	size_t at = sink->size;

	if (sink->room == 0)
		return sink->size;
	if (at >= sink->room)
		at = whole_characters(sink->out, sink->room - 1);
	sink->out[at] = '\0';
	return sink->size;
}

bool
value_refuse(struct value_problem *problem, const char *en, const char *zh)
{
	*problem = (struct value_problem){.what_en = en, .what_zh = zh};
	return false;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct text
text_trimmed(struct text text)
{
	while (text.size && is_blank(text.at[0])) {
		text.at++;
		text.size--;
	}
	while (text.size && is_blank(text.at[text.size - 1]))
		text.size--;
	return text;
}

/* Whether the text is `word`, whatever the case of ASCII letters. */
static bool
text_is(struct text text, const char *word)
{
	for (size_t i = 0; i < text.size; i++) {
		char a = text.at[i], b = word[i];

		if (a >= 'A' && a <= 'Z')
			a = (char)(a - 'A' + 'a');
		if (b >= 'A' && b <= 'Z')
			b = (char)(b - 'A' + 'a');
		if (a != b || b == '\0')
			return false;
	}
	return word[text.size] == '\0';
}

const struct schema_code *
value_code_meant(const struct schema_codes *codes, struct text text)
{
	text = text_trimmed(text);
	for (size_t i = 0; i < codes->count; i++) {
		const struct schema_code *code = &codes->list[i];

		if (text_is(text, code->code) || text_is(text, code->en) ||
			text_is(text, code->zh))
			return code;
	}
	return NULL;
}

static bool
read_text(enum schema_form form, struct text text, struct pack *pack,
	struct value_problem *problem)
{
	const uint8_t *bytes = (const uint8_t *)text.at;

	if (!pack_utf8_valid(bytes, text.size))
		return value_refuse(
			problem, "not valid UTF-8", "不是有效的 UTF-8 文本");
	if (form == FORM_PROSE && text.size > SCHEMA_PROSE_MAX)
		return value_refuse(problem, "too long: at most 65536 bytes",
			"太长：最多 65536 字节");
	if (form != FORM_PROSE && text.size > SCHEMA_TEXT_MAX)
		return value_refuse(problem, "too long: at most 1024 bytes",
			"太长：最多 1024 字节");
	if (memchr(text.at, '\0', text.size))
		return value_refuse(problem, "has a NUL character in it",
			"含有空字符（NUL）");
	pack_text_view(pack, text.at, text.size);
	return true;
}

static bool
read_bool(struct text text, struct pack *pack, struct value_problem *problem)
{
	static const char *const yes[] = {"yes", "true", "1", "是"};
	static const char *const no[] = {"no", "false", "0", "否"};

	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
		if (text_is(text, yes[i]) || text_is(text, no[i])) {
			pack_bool(pack, text_is(text, yes[i]));
			return true;
		}
	return value_refuse(problem, "neither yes nor no", "请写“是”或“否”");
}

static bool
read_integer(struct text text, struct pack *pack, struct value_problem *problem)
{
	int64_t value;

	switch (memchr(text.at, ',', text.size)
			? MONEY_MALFORMED
			: money_amount_read(&value, text.at, text.size, 0)) {
	case MONEY_READ:
		pack_integer(pack, value);
		return true;
	case MONEY_RANGE:
		return value_refuse(
			problem, "too large a number", "数字超出范围");
	case MONEY_MALFORMED:
	case MONEY_DECIMALS:
		break;
	}
	return value_refuse(
		problem, "not a whole number: write 12", "不是整数：请写成 12");
}

static bool
read_amount(struct text text, int digits, struct pack *pack,
	struct value_problem *problem)
{
	int64_t minor;

	switch (money_amount_read(&minor, text.at, text.size, digits)) {
	case MONEY_READ:
		pack_integer(pack, minor);
		return true;
	case MONEY_RANGE:
		return value_refuse(
			problem, "too large an amount", "金额超出范围");
	case MONEY_DECIMALS:
		return value_refuse(problem,
			"more decimals than the currency has",
			"小数位数超过该币种的规定");
	case MONEY_MALFORMED:
		break;
	}
	return value_refuse(problem, "not an amount: write 5000.00 CNY",
		"不是金额：请写成 5000.00 CNY");
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* `size` bytes out of twice as many digits. */
static bool
read_hex(const char *digits, size_t size, uint8_t *bytes)
{
	for (size_t i = 0; i < size; i++) {
		int high = hex_digit(digits[2 * i]);
		int low = hex_digit(digits[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static void
write_hex(const uint8_t *bytes, size_t size, struct sink *sink)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < size; i++) {
		sink_put(sink, &digits[bytes[i] >> 4], 1);
		sink_put(sink, &digits[bytes[i] & 15], 1);
	}
}

/* The bytes in each run of a UUID's digits: 8-4-4-4-12. */
static const uint8_t id_runs[] = {4, 2, 2, 2, 6};

static bool
read_id(struct text text, struct pack *pack, struct value_problem *problem)
{
	uint8_t id[ID_SIZE];
	const char *at = text.at;
	size_t done = 0;
	bool good = text.size == ID_TEXT_SIZE;

	for (size_t i = 0; good && i < sizeof id_runs; i++) {
		good = (i == 0 || *at++ == '-') &&
			read_hex(at, id_runs[i], id + done);
		at += 2 * (size_t)id_runs[i];
		done += id_runs[i];
	}
	if (!good)
		return value_refuse(
			problem, "not an id (UUID)", "不是记录编号（UUID）");
	pack_bytes(pack, id, sizeof id);
	return true;
}

static void
write_id(const uint8_t *id, struct sink *sink)
{
	for (size_t i = 0; i < sizeof id_runs; i++) {
		if (i)
			sink_put(sink, "-", 1);
		write_hex(id, id_runs[i], sink);
		id += id_runs[i];
	}
}

static bool
read_bytes(struct text text, struct pack *pack, struct value_problem *problem)
{
	uint8_t bytes[SCHEMA_TEXT_MAX];

	if (text.size > 2 * sizeof bytes)
		return value_refuse(problem, "too long: at most 1024 bytes",
			"太长：最多 1024 字节");
	if (text.size % 2 != 0 || !read_hex(text.at, text.size / 2, bytes))
		return value_refuse(problem,
			"not hexadecimal: two digits 0-9, a-f for each byte",
			"不是十六进制：每个字节两位，0-9、a-f");
	pack_bytes(pack, bytes, text.size / 2);
	return true;
}

static bool
read_code(const struct schema_field *field, struct text text, struct pack *pack,
	struct value_problem *problem)
{
	const struct schema_code *code = value_code_meant(&field->codes, text);

	if (code) {
		pack_text(pack, code->code);
		return true;
	}
	if (field->form == FORM_OPEN)
		return read_text(FORM_OPEN, text, pack, problem);
	(void)value_refuse(problem, "not in the list", "不在可选项中");
	problem->codes = &field->codes;
	return false;
}

static bool
read_date(struct text text, struct pack *pack, struct value_problem *problem)
{
	if (!moment_day_valid(text.at, text.size))
		return value_refuse(problem,
			"not a day of the calendar: write 2026-11-20",
			"不是有效日期：请写成 2026-11-20");
	pack_text_view(pack, text.at, text.size);
	return true;
}

bool
scalar_read(const struct schema_field *field, struct text text, int digits,
	struct pack *pack, struct value_problem *problem)
{
	struct text trimmed = text_trimmed(text);
	bool is_text = field->form == FORM_TEXT || field->form == FORM_PROSE;

	if (text.size == 0 || (trimmed.size == 0 && !is_text))
		return value_refuse(problem, "empty", "是空的");
	switch (field->form) {
	case FORM_BOOL:
		return read_bool(trimmed, pack, problem);
	case FORM_INT:
		return read_integer(trimmed, pack, problem);
	case FORM_TEXT:
	case FORM_PROSE:
		return read_text(field->form, text, pack, problem);
	case FORM_DATE:
		return read_date(trimmed, pack, problem);
	case FORM_CODE:
	case FORM_OPEN:
		return read_code(field, text, pack, problem);
	case FORM_REF:
		return read_id(trimmed, pack, problem);
	case FORM_BYTES:
		return read_bytes(trimmed, pack, problem);
	case FORM_AMOUNT:
		return read_amount(trimmed, digits, pack, problem);
	case FORM_TIME:
	case FORM_MONEY:
	case FORM_TUPLE:
		break;
	}
	assert(false); /* no scalar */
	return false;
}

static bool
text_fits(struct unpack *unpack, enum schema_form form)
{
	struct pack_view text;
	size_t max = form == FORM_PROSE ? SCHEMA_PROSE_MAX : SCHEMA_TEXT_MAX;

	if (!unpack_text(unpack, max, &text) || text.size == 0)
		return false;
	if (form == FORM_DATE)
		return moment_day_valid((const char *)text.bytes, text.size);
	return memchr(text.bytes, '\0', text.size) == NULL;
}

bool
scalar_fits(const struct schema_field *field, struct pack_view value)
{
	struct unpack unpack;
	struct pack_view bytes;
	const uint8_t *id;
	int64_t integer;
	bool fits = false, boolean;

	unpack_init(&unpack, value.bytes, value.size);
	switch (field->form) {
	case FORM_BOOL:
		fits = unpack_bool(&unpack, &boolean);
		break;
	case FORM_INT:
	case FORM_AMOUNT:
		fits = unpack_integer(&unpack, INT64_MIN, INT64_MAX, &integer);
		break;
	case FORM_TEXT:
	case FORM_PROSE:
	case FORM_DATE:
	case FORM_CODE:
	case FORM_OPEN:
		fits = text_fits(&unpack, field->form);
		break;
	case FORM_REF:
		fits = unpack_exact(&unpack, ID_SIZE, &id);
		break;
	case FORM_BYTES:
		fits = unpack_bytes(&unpack, SCHEMA_TEXT_MAX, &bytes) &&
			bytes.size > 0;
		break;
	case FORM_TIME:
	case FORM_MONEY:
	case FORM_TUPLE:
		assert(false); /* no scalar */
	}
	return fits && unpack_done(&unpack);
}

static struct pack_item
item_of(struct pack_view value)
{
	struct unpack unpack;
	struct pack_item item = {0};
	bool read;

	unpack_init(&unpack, value.bytes, value.size);
	read = unpack_item(&unpack, &item);
	assert(read); /* it fits */
	(void)read;
	return item;
}

struct text
value_text_of(struct pack_view value)
{
	struct pack_item item = item_of(value);

	return (struct text){(const char *)item.bytes, item.size};
}

/* The code's label, or the text that is not in the list. */
static struct text
label_of(const struct schema_codes *codes, struct text text, char labels)
{
	for (size_t i = 0; labels && i < codes->count; i++) {
		const struct schema_code *code = &codes->list[i];
		const char *label = labels == 'z' ? code->zh : code->en;

		if (strlen(code->code) == text.size &&
			memcmp(code->code, text.at, text.size) == 0)
			return (struct text){label, strlen(label)};
	}
	return text;
}

void
scalar_write(const struct schema_field *field, struct pack_view value,
	int digits, char labels, struct sink *sink)
{
	struct pack_item item = item_of(value);
	struct text text = {(const char *)item.bytes, item.size};
	char number[MONEY_TEXT_SIZE];
	const char *word;

	switch (field->form) {
	case FORM_BOOL:
		word = labels == 'z' ? (item.boolean ? "是" : "否")
				     : (item.boolean ? "yes" : "no");
		sink_put(sink, word, strlen(word));
		break;
	case FORM_INT:
	case FORM_AMOUNT:
		if (field->form == FORM_INT)
			digits = 0;
		sink_put(sink, number,
			money_amount_write(item.integer, digits, number));
		break;
	case FORM_TEXT:
	case FORM_PROSE:
	case FORM_DATE:
	case FORM_CODE:
	case FORM_OPEN:
		text = label_of(&field->codes, text, labels);
		sink_put(sink, text.at, text.size);
		break;
	case FORM_REF:
		write_id(item.bytes, sink);
		break;
	case FORM_BYTES:
		write_hex(item.bytes, item.size, sink);
		break;
	case FORM_TIME:
	case FORM_MONEY:
	case FORM_TUPLE:
		assert(false); /* no scalar */
	}
}
