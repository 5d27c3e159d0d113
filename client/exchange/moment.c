#include "client/exchange/moment.h"

#include <assert.h>
#include <stdio.h>

enum { YEAR_MIN = 1800, YEAR_MAX = 2200 };
enum { DAY_SIZE = sizeof "2026-11-20" - 1 };

static const int64_t ms_per_minute = INT64_C(60) * 1000;
static const int64_t ms_per_day = INT64_C(24) * 60 * 60 * 1000;

struct day {
	int year, month, day;
};

struct cursor {
	const char *at;
	const char *end;
};

/* Exactly `count` digits. */
static bool
read_digits(struct cursor *cursor, int count, int *value)
{
	*value = 0;
	for (; count; count--, cursor->at++) {
		if (cursor->at == cursor->end || *cursor->at < '0' ||
			*cursor->at > '9')
			return false;
		*value = *value * 10 + (*cursor->at - '0');
	}
	return true;
}

static bool
read_sign(struct cursor *cursor, const char *signs, char *sign)
{
	if (cursor->at == cursor->end)
		return false;
	for (; *signs; signs++)
		if (*cursor->at == *signs) {
			*sign = *cursor->at++;
			return true;
		}
	return false;
}

static int
days_in_month(int year, int month)
{
	static const int days[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

static bool
read_day(struct cursor *cursor, struct day *day)
{
	char dash;

	return read_digits(cursor, 4, &day->year) &&
		read_sign(cursor, "-", &dash) &&
		read_digits(cursor, 2, &day->month) &&
		read_sign(cursor, "-", &dash) &&
		read_digits(cursor, 2, &day->day) && day->year >= YEAR_MIN &&
		day->year <= YEAR_MAX && day->month >= 1 && day->month <= 12 &&
		day->day >= 1 &&
		day->day <= days_in_month(day->year, day->month);
}

/*
 * Days since 1970-01-01, for any day since the year 1. Years are counted from
 * March, so that the leap day comes last in its year.
 */
static int64_t
days_from_day(const struct day *day)
{
	int64_t year = day->month > 2 ? day->year : day->year - 1;
	int64_t month = day->month > 2 ? day->month - 3 : day->month + 9;
	int64_t in_year = (153 * month + 2) / 5 + day->day - 1;

	return year * 365 + year / 4 - year / 100 + year / 400 + in_year -
		719468;
}

static struct day
day_from_days(int64_t days)
{
	struct day day = {0};
	int64_t since = days + 719468;
	int64_t era = since / 146097; /* of 400 years */
	int64_t in_era = since % 146097;
	int64_t year =
		(in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) /
		365;
	int64_t in_year = in_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * in_year + 2) / 153;

	day.day = (int)(in_year - (153 * month + 2) / 5 + 1);
	day.month = (int)(month < 10 ? month + 3 : month - 9);
	day.year = (int)(year + era * 400 + (day.month <= 2));
	return day;
}

bool
moment_day_valid(const char *text, size_t size)
{
	struct cursor cursor = {text, text + size};
	struct day day;

	return size == DAY_SIZE && read_day(&cursor, &day);
}

bool
moment_day_read(const char *text, size_t size, int32_t *days)
{
	struct cursor cursor = {text, text + size};
	struct day day;

	if (size != DAY_SIZE || !read_day(&cursor, &day))
		return false;
	*days = (int32_t)days_from_day(&day);
	return true;
}

/* Milliseconds since midnight. */
static bool
read_clock(struct cursor *cursor, int64_t *ms)
{
	int hour, minute, second = 0, thousandths = 0;
	char sign;

	if (!read_digits(cursor, 2, &hour) || !read_sign(cursor, ":", &sign) ||
		!read_digits(cursor, 2, &minute))
		return false;
	if (read_sign(cursor, ":", &sign)) {
		if (!read_digits(cursor, 2, &second))
			return false;
		if (read_sign(cursor, ".", &sign) &&
			!read_digits(cursor, 3, &thousandths))
			return false;
	}
	*ms = ((hour * 60 + minute) * 60 + second) * INT64_C(1000) +
		thousandths;
	return hour < 24 && minute < 60 && second < 60;
}

static bool
read_offset(struct cursor *cursor, int *minutes)
{
	int hour, minute;
	char sign, colon;

	*minutes = 0;
	if (read_sign(cursor, "Zz", &sign))
		return true;
	if (!read_sign(cursor, "+-", &sign) || !read_digits(cursor, 2, &hour) ||
		!read_sign(cursor, ":", &colon) ||
		!read_digits(cursor, 2, &minute))
		return false;
	*minutes = hour * 60 + minute;
	if (sign == '-')
		*minutes = -*minutes;
	return hour < 24 && minute < 60;
}

bool
moment_read(struct moment_typed *typed, const char *text, size_t size)
{
	struct cursor cursor = {text, text + size};
	struct moment_typed t = {0};
	struct day day;
	int64_t clock_ms;
	char between;

	if (!read_day(&cursor, &day) || !read_sign(&cursor, "Tt ", &between) ||
		!read_clock(&cursor, &clock_ms))
		return false;
	t.local_ms = days_from_day(&day) * ms_per_day + clock_ms;
	if (cursor.at != cursor.end) {
		t.has_offset = true;
		if (!read_offset(&cursor, &t.offset_minutes) ||
			cursor.at != cursor.end)
			return false;
	}
	*typed = t;
	return true;
}

bool
moment_valid(const struct moment *moment)
{
	const struct day first = {YEAR_MIN, 1, 1};
	const struct day after = {YEAR_MAX + 1, 1, 1};
	int64_t first_ms = days_from_day(&first) * ms_per_day;
	int64_t after_ms = days_from_day(&after) * ms_per_day;
	int64_t offset_ms = moment->offset_minutes * ms_per_minute;

	return moment->offset_minutes >= -MOMENT_OFFSET_MAX &&
		moment->offset_minutes <= MOMENT_OFFSET_MAX &&
		moment->utc_ms >= first_ms - offset_ms &&
		moment->utc_ms < after_ms - offset_ms;
}

size_t
moment_write(const struct moment *moment, char out[static MOMENT_TEXT_SIZE])
{
	int minutes = moment->offset_minutes;
	int distance = minutes < 0 ? -minutes : minutes;
	int64_t local_ms = moment->utc_ms + minutes * ms_per_minute;
	int64_t days = local_ms / ms_per_day;
	int64_t in_day = local_ms % ms_per_day;
	char fraction[sizeof ".000"] = "";
	struct day day;
	int size;

	assert(moment_valid(moment));
	if (in_day < 0) {
		in_day += ms_per_day;
		days--;
	}
	day = day_from_days(days);
	if (in_day % 1000)
		(void)snprintf(fraction, sizeof fraction, ".%03u",
			(unsigned)(in_day % 1000)); /* fits */
	size = snprintf(out, MOMENT_TEXT_SIZE,
		"%04d-%02d-%02dT%02d:%02d:%02d%s%c%02d:%02d", day.year,
		day.month, day.day, (int)(in_day / 3600000),
		(int)(in_day / 60000 % 60), (int)(in_day / 1000 % 60), fraction,
		minutes < 0 ? '-' : '+', distance / 60, distance % 60);
	assert(size > 0 && size < MOMENT_TEXT_SIZE);
	return (size_t)size;
}
