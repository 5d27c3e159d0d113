#include "proto/pack.h"

#include <assert.h>
#include <string.h>

#include <msgpack/pack.h>

#include "proto/bytes.h"

/* The cursor is spent: whatever is asked of it next is refused too. */
static bool
refuse(struct unpack *unpack)
{
	unpack->at = unpack->end;
	return false;
}

static size_t
left(const struct unpack *unpack)
{
	return (size_t)(unpack->end - unpack->at);
}

/*
 * Reads an integer of `width` bytes. Below `least` a shorter form would have
 * done, so it is not the canonical one.
 */
static bool
take(struct unpack *unpack, size_t width, uint64_t least, uint64_t *value)
{
	uint64_t v = 0;

	if (left(unpack) < width)
		return false;
	for (size_t i = 0; i < width; i++)
		v = v << 8 | *unpack->at++;
	*value = v;
	return v >= least;
}

static bool
take_unsigned(struct unpack *unpack, size_t width, uint64_t least,
	struct pack_item *item)
{
	uint64_t v;

	if (!take(unpack, width, least, &v) || v > INT64_MAX)
		return false;
	item->kind = PACK_INTEGER;
	item->integer = (int64_t)v;
	return true;
}

/* The signed forms are for negative numbers only, and only below `limit`. */
static bool
take_negative(struct unpack *unpack, size_t width, int64_t limit,
	struct pack_item *item)
{
	uint64_t v, sign = (uint64_t)1 << (width * 8 - 1);

	if (!take(unpack, width, sign, &v))
		return false;
	item->kind = PACK_INTEGER;
	item->integer = -(int64_t)(2 * (sign - 1) + 1 - v) - 1;
	return item->integer < limit;
}

static bool
view_bytes(struct unpack *unpack, uint64_t size, struct pack_item *item)
{
	if (size > left(unpack))
		return false;
	item->kind = PACK_BYTES;
	item->bytes = unpack->at;
	item->size = (size_t)size;
	unpack->at += size;
	return true;
}

static bool
view_text(struct unpack *unpack, uint64_t size, struct pack_item *item)
{
	if (!view_bytes(unpack, size, item))
		return false;
	item->kind = PACK_TEXT;
	return unpack->again || pack_utf8_valid(item->bytes, item->size);
}

static bool
take_bytes(struct unpack *unpack, size_t width, uint64_t least,
	struct pack_item *item)
{
	uint64_t size;

	return take(unpack, width, least, &size) &&
		view_bytes(unpack, size, item);
}

static bool
take_text(struct unpack *unpack, size_t width, uint64_t least,
	struct pack_item *item)
{
	uint64_t size;

	return take(unpack, width, least, &size) &&
		view_text(unpack, size, item);
}

/* Each item takes a byte at least, so a count beyond those left is a lie. */
static bool
count_array(struct unpack *unpack, uint64_t count, struct pack_item *item)
{
	item->kind = PACK_ARRAY;
	item->count = (uint32_t)count;
	return count <= left(unpack);
}

static bool
count_map(struct unpack *unpack, uint64_t count, struct pack_item *item)
{
	item->kind = PACK_MAP;
	item->count = (uint32_t)count;
	return count <= left(unpack) / 2;
}

static bool
take_array(struct unpack *unpack, size_t width, uint64_t least,
	struct pack_item *item)
{
	uint64_t count;

	return take(unpack, width, least, &count) &&
		count_array(unpack, count, item);
}

static bool
take_map(struct unpack *unpack, size_t width, uint64_t least,
	struct pack_item *item)
{
	uint64_t count;

	return take(unpack, width, least, &count) &&
		count_map(unpack, count, item);
}

/* The forms whose first byte says nothing but the form: c0 to df. */
static bool
read_form(struct unpack *unpack, uint8_t form, struct pack_item *item)
{
	switch (form) {
	case 0xc0:
		item->kind = PACK_NIL;
		return true;
	case 0xc2:
	case 0xc3:
		item->kind = PACK_BOOL;
		item->boolean = form == 0xc3;
		return true;
	case 0xc4:
		return take_bytes(unpack, 1, 0, item);
	case 0xc5:
		return take_bytes(unpack, 2, 1 << 8, item);
	case 0xc6:
		return take_bytes(unpack, 4, 1 << 16, item);
	case 0xcc:
		return take_unsigned(unpack, 1, 1 << 7, item);
	case 0xcd:
		return take_unsigned(unpack, 2, 1 << 8, item);
	case 0xce:
		return take_unsigned(unpack, 4, 1 << 16, item);
	case 0xcf:
		return take_unsigned(unpack, 8, (uint64_t)1 << 32, item);
	case 0xd0:
		return take_negative(unpack, 1, -32, item);
	case 0xd1:
		return take_negative(unpack, 2, INT8_MIN, item);
	case 0xd2:
		return take_negative(unpack, 4, INT16_MIN, item);
	case 0xd3:
		return take_negative(unpack, 8, INT32_MIN, item);
	case 0xd9:
		return take_text(unpack, 1, 1 << 5, item);
	case 0xda:
		return take_text(unpack, 2, 1 << 8, item);
	case 0xdb:
		return take_text(unpack, 4, 1 << 16, item);
	case 0xdc:
		return take_array(unpack, 2, 1 << 4, item);
	case 0xdd:
		return take_array(unpack, 4, 1 << 16, item);
	case 0xde:
		return take_map(unpack, 2, 1 << 4, item);
	case 0xdf:
		return take_map(unpack, 4, 1 << 16, item);
	default:
		return false; /* floats, extensions, and c1, which is no form */
	}
}

static bool
read_item(struct unpack *unpack, struct pack_item *item)
{
	uint8_t first;

	if (left(unpack) == 0)
		return false;
	first = *unpack->at++;
	if (first < 0x80 || first >= 0xe0) {
		item->kind = PACK_INTEGER;
		item->integer = first < 0x80 ? first : first - 0x100;
		return true;
	}
	if (first < 0x90)
		return count_map(unpack, first & 0x0f, item);
	if (first < 0xa0)
		return count_array(unpack, first & 0x0f, item);
	if (first < 0xc0)
		return view_text(unpack, first & 0x1f, item);
	return read_form(unpack, first, item);
}

void
unpack_init(struct unpack *unpack, const uint8_t *bytes, size_t size)
{
	unpack->at = bytes;
	unpack->end = size ? bytes + size : bytes; /* bytes may be NULL */
	unpack->again = false;
}

void
unpack_init_again(struct unpack *unpack, const uint8_t *bytes, size_t size)
{
	unpack_init(unpack, bytes, size);
	unpack->again = true;
}

bool
unpack_done(const struct unpack *unpack)
{
	return unpack->at == unpack->end;
}

bool
unpack_item(struct unpack *unpack, struct pack_item *item)
{
	*item = (struct pack_item){0};
	return read_item(unpack, item) || refuse(unpack);
}

static bool
read_kind(struct unpack *unpack, enum pack_kind kind, struct pack_item *item)
{
	return (unpack_item(unpack, item) && item->kind == kind) ||
		refuse(unpack);
}

bool
unpack_nil(struct unpack *unpack)
{
	struct pack_item item;

	return read_kind(unpack, PACK_NIL, &item);
}

bool
unpack_bool(struct unpack *unpack, bool *value)
{
	struct pack_item item;

	if (!read_kind(unpack, PACK_BOOL, &item))
		return false;
	*value = item.boolean;
	return true;
}

bool
unpack_integer(struct unpack *unpack, int64_t min, int64_t max, int64_t *value)
{
	struct pack_item item;

	if (!read_kind(unpack, PACK_INTEGER, &item))
		return false;
	if (item.integer < min || item.integer > max)
		return refuse(unpack);
	*value = item.integer;
	return true;
}

static bool
read_view(struct unpack *unpack, enum pack_kind kind, size_t max,
	struct pack_view *view)
{
	struct pack_item item;

	if (!read_kind(unpack, kind, &item))
		return false;
	if (item.size > max)
		return refuse(unpack);
	view->bytes = item.bytes;
	view->size = item.size;
	return true;
}

bool
unpack_text(struct unpack *unpack, size_t max, struct pack_view *text)
{
	return read_view(unpack, PACK_TEXT, max, text);
}

bool
unpack_bytes(struct unpack *unpack, size_t max, struct pack_view *bytes)
{
	return read_view(unpack, PACK_BYTES, max, bytes);
}

bool
unpack_exact(struct unpack *unpack, size_t size, const uint8_t **bytes)
{
	struct pack_view view;

	if (!read_view(unpack, PACK_BYTES, size, &view))
		return false;
	if (view.size != size)
		return refuse(unpack);
	*bytes = view.bytes;
	return true;
}

bool
unpack_array(struct unpack *unpack, uint32_t min, uint32_t max, uint32_t *count)
{
	struct pack_item item;

	if (!read_kind(unpack, PACK_ARRAY, &item))
		return false;
	if (item.count < min || item.count > max)
		return refuse(unpack);
	*count = item.count;
	return true;
}

bool
unpack_map(struct unpack *unpack, uint32_t max, uint32_t *count)
{
	struct pack_item item;

	if (!read_kind(unpack, PACK_MAP, &item))
		return false;
	if (item.count > max)
		return refuse(unpack);
	*count = item.count;
	return true;
}

/* A container that is being read: what is still to come, its last key. */
struct level {
	uint64_t left; /* items; a pair counts two */
	bool map;
	struct pack_view key; /* of size 0 before the first */
};

static bool
is_container(const struct pack_item *item)
{
	return item->kind == PACK_ARRAY || item->kind == PACK_MAP;
}

/*
 * Encodings are prefix-free, so two keys differ within the shorter one and
 * their lengths never decide; they are compared for the sake of the reader.
 */
static bool
key_ascends(const struct pack_view *last, const struct pack_view *key)
{
	size_t shorter = last->size < key->size ? last->size : key->size;
	int order;

	if (last->size == 0)
		return true;
	order = memcmp(last->bytes, key->bytes, shorter);
	return order < 0 || (order == 0 && last->size < key->size);
}

/* Whether the item that began at `start` may be a key here, if it is one. */
static bool
key_fits(struct level *level, const struct unpack *unpack, const uint8_t *start,
	const struct pack_item *item)
{
	struct pack_view key = {start, (size_t)(unpack->at - start)};

	if (!level->map || level->left % 2 != 0)
		return true; /* a value, or an array's item */
	if (is_container(item) || !key_ascends(&level->key, &key))
		return false;
	level->key = key;
	return true;
}

static bool
read_value(struct unpack *unpack)
{
	struct level levels[PACK_DEPTH_MAX];
	size_t depth = 0;

	do {
		const uint8_t *start = unpack->at;
		struct pack_item item = {0};

		if (!read_item(unpack, &item))
			return false;
		if (depth != 0) {
			struct level *level = &levels[depth - 1];

			if (!key_fits(level, unpack, start, &item))
				return false;
			level->left--;
		}
		if (is_container(&item)) {
			bool map = item.kind == PACK_MAP;

			if (depth == PACK_DEPTH_MAX)
				return false;
			levels[depth++] = (struct level){
				.left = (uint64_t)item.count * (map ? 2 : 1),
				.map = map,
			};
		}
		while (depth != 0 && levels[depth - 1].left == 0)
			depth--;
	} while (depth != 0);
	return true;
}

bool
unpack_value(struct unpack *unpack, struct pack_view *value)
{
	const uint8_t *start = unpack->at;

	if (!read_value(unpack))
		return refuse(unpack);
	value->bytes = start;
	value->size = (size_t)(unpack->at - start);
	return true;
}

bool
unpack_peek(const struct unpack *unpack, enum pack_kind *kind)
{
	uint8_t first;

	if (left(unpack) == 0)
		return false;
	first = *unpack->at;
	if (first < 0x80 || first >= 0xe0 || (first >= 0xcc && first <= 0xd3))
		*kind = PACK_INTEGER;
	else if (first < 0x90 || first == 0xde || first == 0xdf)
		*kind = PACK_MAP;
	else if (first < 0xa0 || first == 0xdc || first == 0xdd)
		*kind = PACK_ARRAY;
	else if (first < 0xc0 || (first >= 0xd9 && first <= 0xdb))
		*kind = PACK_TEXT;
	else if (first == 0xc0)
		*kind = PACK_NIL;
	else if (first == 0xc2 || first == 0xc3)
		*kind = PACK_BOOL;
	else if (first >= 0xc4 && first <= 0xc6)
		*kind = PACK_BYTES;
	else
		return false;
	return true;
}

bool
pack_valid(const uint8_t *bytes, size_t size)
{
	struct unpack unpack;
	struct pack_view value;

	unpack_init(&unpack, bytes, size);
	return unpack_value(&unpack, &value) && unpack_done(&unpack);
}

/* The bytes of the character beyond ASCII at `p`, or 0 if it is none. */
static size_t
utf8_size(const uint8_t *p, size_t room)
{
	uint8_t low = 0x80, high = 0xbf; /* bounds of the second byte */
	size_t size;

	/* Most of Chinese: three bytes whose second is free. */
	if (room >= 3 && p[0] >= 0xe1 && p[0] <= 0xec)
		return (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80 ? 3 : 0;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		size = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		size = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		size = 4;
	else
		return 0;
	if (size > room)
		return 0;

	if (p[0] == 0xe0)
		low = 0xa0; /* below, two bytes do */
	else if (p[0] == 0xed)
		high = 0x9f; /* above, surrogates */
	else if (p[0] == 0xf0)
		low = 0x90; /* below, three bytes do */
	else if (p[0] == 0xf4)
		high = 0x8f; /* above, beyond U+10FFFF */
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < size; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return size;
}

/* A run of ASCII that begins there: one byte of it, or eights. */
static size_t
ascii_size(const uint8_t *p, size_t room)
{
	size_t at = 0;
	uint64_t eight;

	for (; room - at >= sizeof eight; at += sizeof eight) {
		memcpy(&eight, p + at, sizeof eight);
		if (eight & 0x8080808080808080)
			break;
	}
	return at ? at : 1;
}

/*
 * A run of what most of Chinese is: three bytes, of which the first leaves the
 * second free: 1110xxxx 10xxxxxx 10xxxxxx, but for e0 and ed.
 */
static size_t
three_size(const uint8_t *p, size_t room)
{
	size_t at = 0;

	for (; room - at >= 4; at += 3)
		if ((load32(p + at) & 0xf0c0c000) != 0xe0808000 ||
			p[at] == 0xe0 || p[at] == 0xed)
			break;
	return at;
}

bool
pack_utf8_valid(const uint8_t *bytes, size_t size)
{
	size_t at = 0;

	while (at < size) {
		const uint8_t *p = bytes + at;
		size_t n = *p < 0x80 ? ascii_size(p, size - at)
				     : three_size(p, size - at);

		if (n == 0)
			n = utf8_size(p, size - at);
		if (n == 0)
			return false;
		at += n;
	}
	return true;
}

static int
write_cb(void *self, const char *bytes, size_t size)
{
	pack_raw(self, bytes, size);
	return 0;
}

static msgpack_packer
packer(struct pack *pack)
{
	return (msgpack_packer){.data = pack, .callback = write_cb};
}

void
pack_init(struct pack *pack, uint8_t *out, size_t room)
{
	*pack = (struct pack){.out = out, .room = room};
}

void
pack_nil(struct pack *pack)
{
	msgpack_packer to = packer(pack);

	(void)msgpack_pack_nil(&to); /* write_cb() never fails */
}

void
pack_bool(struct pack *pack, bool value)
{
	msgpack_packer to = packer(pack);

	(void)(value ? msgpack_pack_true(&to) : msgpack_pack_false(&to));
}

void
pack_integer(struct pack *pack, int64_t value)
{
	msgpack_packer to = packer(pack);

	(void)msgpack_pack_int64(&to, value);
}

void
pack_text(struct pack *pack, const char *text)
{
	pack_text_view(pack, text, strlen(text));
}

void
pack_text_view(struct pack *pack, const void *text, size_t size)
{
	msgpack_packer to = packer(pack);

	assert(size <= UINT32_MAX);
	(void)msgpack_pack_str(&to, size);
	pack_raw(pack, text, size);
}

void
pack_bytes(struct pack *pack, const void *bytes, size_t size)
{
	msgpack_packer to = packer(pack);

	assert(size <= UINT32_MAX);
	(void)msgpack_pack_bin(&to, size);
	pack_raw(pack, bytes, size);
}

void
pack_array(struct pack *pack, uint32_t count)
{
	msgpack_packer to = packer(pack);

	(void)msgpack_pack_array(&to, count);
}

void
pack_map(struct pack *pack, uint32_t count)
{
	msgpack_packer to = packer(pack);

	(void)msgpack_pack_map(&to, count);
}

void
pack_raw(struct pack *pack, const void *bytes, size_t size)
{
	if (pack->overflow || size > pack->room - pack->size)
		pack->overflow = true;
	else if (size)
		memcpy(pack->out + pack->size, bytes, size);
	pack->size += size;
}
