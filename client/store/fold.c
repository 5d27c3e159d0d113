#include "client/store/fold.h"

#include <stdbool.h>
#include <stdlib.h>
#include <utf8proc.h>

#include "sync/alloc.h"

/* utf8proc writes at most this many for one code. */
enum { PARTS_MAX = 32 };

struct range {
	uint32_t first;
	uint32_t last;
};

static const struct range han[] = {
	{0x1100, 0x11ff},   /* Hangul jamo */
	{0x3005, 0x3007},   /* 々 〆 〇 */
	{0x3040, 0x318f},   /* kana, Bopomofo, compatibility jamo */
	{0x31a0, 0x31ff},   /* more of them */
	{0x3400, 0x4dbf},   /* extension A */
	{0x4e00, 0x9fff},   /* unified ideographs */
	{0xac00, 0xd7a3},   /* Hangul */
	{0xf900, 0xfaff},   /* compatibility ideographs */
	{0x20000, 0x3ffff}, /* what was added since */
};

static enum fold_class
class_of(uint32_t code)
{
	utf8proc_category_t category;

	if (code < 0x80)
		return code >= 'a' && code <= 'z'    ? FOLD_LETTER
			: code >= '0' && code <= '9' ? FOLD_DIGIT
						     : FOLD_OTHER;
	for (size_t i = 0; i < sizeof han / sizeof *han; i++)
		if (code >= han[i].first && code <= han[i].last)
			return FOLD_HAN;
	category = utf8proc_category((utf8proc_int32_t)code);
	return category >= UTF8PROC_CATEGORY_LU &&
			category <= UTF8PROC_CATEGORY_NO
		? FOLD_LETTER
		: FOLD_OTHER;
}

static bool
is_blank(uint32_t code)
{
	return code <= ' ' || code == 0x7f ||
		utf8proc_category((utf8proc_int32_t)code) ==
		UTF8PROC_CATEGORY_ZS;
}

static void
add(struct fold *fold, uint32_t code, size_t at)
{
	if (is_blank(code)) {
		code = ' ';
		if (!fold->count || fold->list[fold->count - 1].code == ' ')
			return;
	}
	if (fold->count == fold->room) {
		fold->room = fold->room * 2 + 64;
		fold->list = alloc_again(
			fold->list, fold->room * sizeof *fold->list);
	}
	fold->list[fold->count++] =
		(struct fold_char){code, (uint32_t)at, class_of(code)};
}

/* Its plain forms, without marks; Hangul and Han stay as they are. */
static void
add_folded(struct fold *fold, uint32_t code, size_t at)
{
	utf8proc_int32_t parts[PARTS_MAX];
	utf8proc_ssize_t count;
	int boundary = 0;

	if (code < 0x80 || (code >= 0x4e00 && code <= 0x9fff) ||
		(code >= 0xac00 && code <= 0xd7a3)) {
		add(fold, code >= 'A' && code <= 'Z' ? code - 'A' + 'a' : code,
			at);
		return;
	}
	count = utf8proc_decompose_char((utf8proc_int32_t)code, parts,
		PARTS_MAX,
		UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD |
			UTF8PROC_IGNORE | UTF8PROC_STRIPMARK,
		&boundary);
	for (utf8proc_ssize_t i = 0; i < count && i < PARTS_MAX; i++)
		add(fold, (uint32_t)parts[i], at);
}

void
fold_text(struct fold *fold, const void *bytes, size_t size)
{
	const utf8proc_uint8_t *text = bytes;
	size_t at = 0;

	fold->count = 0;
	while (at < size) {
		utf8proc_int32_t code;
		utf8proc_ssize_t step = utf8proc_iterate(
			text + at, (utf8proc_ssize_t)(size - at), &code);

		if (step <= 0) {
			add(fold, 0xfffd, at);
			step = 1;
		} else {
			add_folded(fold, (uint32_t)code, at);
		}
		at += (size_t)step;
	}
	if (fold->count && fold->list[fold->count - 1].code == ' ')
		fold->count--;
}

void
fold_clear(struct fold *fold)
{
	free(fold->list);
	*fold = (struct fold){0};
}

size_t
fold_run(const struct fold *fold, size_t at)
{
	size_t end = at;

	while (end < fold->count &&
		fold->list[end].class == fold->list[at].class)
		end++;
	return end;
}

size_t
fold_utf8(uint32_t code, char out[static FOLD_UTF8_MAX])
{
	utf8proc_ssize_t size = utf8proc_encode_char(
		(utf8proc_int32_t)code, (utf8proc_uint8_t *)out);

	return size > 0 ? (size_t)size : 0;
}
