#include "client/exchange/money.h"

#include <assert.h>
#include <string.h>

/* ISO 4217 by digits after the point, blanks between. */
static const char *const currencies[] = {
	[0] = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF "
	      "XPF",
	[2] = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND "
	      "BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU "
	      "CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS "
	      "GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR "
	      "KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU "
	      "MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK "
	      "PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS "
	      "SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD "
	      "USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG",
	[3] = "BHD IQD JOD KWD LYD OMR TND",
	[4] = "CLF UYW",
};

int
money_digits(const char code[static MONEY_CURRENCY_SIZE])
{
	for (int digits = 0; digits <= 4; digits++) {
		const char *list = currencies[digits];

		while (list && *list) {
			if (memcmp(list, code, MONEY_CURRENCY_SIZE) == 0)
				return digits;
			list += MONEY_CURRENCY_SIZE;
			list += *list == ' ';
		}
	}
	return -1;
}

int
money_digits_shown(const char code[static MONEY_CURRENCY_SIZE])
{
	int digits = money_digits(code);

	return digits < 0 ? 2 : digits;
}

/* Whether the commas of a whole number group it by three from the right. */
static bool
grouped(const char *whole, size_t size)
{
	if (!memchr(whole, ',', size))
		return true;
	for (size_t i = 0; i < size; i++)
		if ((whole[i] == ',') != ((size - i) % 4 == 0))
			return false;
	return whole[0] != ',';
}

static bool
append_digit(uint64_t *value, int digit)
{
	if (*value > (UINT64_MAX - 9) / 10)
		return false;
	*value = *value * 10 + (uint64_t)digit;
	return true;
}

enum money_read
money_amount_read(int64_t *minor, const char *text, size_t size, int digits)
{
	bool negative = size && text[0] == '-';
	uint64_t value = 0, limit = (uint64_t)INT64_MAX + negative;
	const char *point;
	size_t whole, decimals;

	if (size && (text[0] == '-' || text[0] == '+')) {
		text++;
		size--;
	}
	point = memchr(text, '.', size);
	whole = point ? (size_t)(point - text) : size;
	decimals = point ? size - whole - 1 : 0;
	if (whole == 0 || (point && decimals == 0) || !grouped(text, whole))
		return MONEY_MALFORMED;
	for (size_t i = 0; i < size; i++)
		if ((text[i] < '0' || text[i] > '9') && text + i != point &&
			(text[i] != ',' || i > whole))
			return MONEY_MALFORMED;
	if (decimals > (size_t)digits)
		return MONEY_DECIMALS;

	for (size_t i = 0; i < size; i++)
		if (text[i] != ',' && text + i != point &&
			!append_digit(&value, text[i] - '0'))
			return MONEY_RANGE;
	for (; decimals < (size_t)digits; decimals++)
		if (!append_digit(&value, 0))
			return MONEY_RANGE;
	if (value > limit)
		return MONEY_RANGE;
	/* By one less, since INT64_MIN has no positive counterpart. */
	*minor = negative && value ? -(int64_t)(value - 1) - 1 : (int64_t)value;
	return MONEY_READ;
}

size_t
money_amount_write(int64_t minor, int digits, char out[static MONEY_TEXT_SIZE])
{
	char backwards[MONEY_TEXT_SIZE];
	uint64_t value =
		minor < 0 ? (uint64_t) - (minor + 1) + 1 : (uint64_t)minor;
	size_t size = 0, count = 0;

	assert(digits >= 0 && digits <= 4);
	/* At least one digit before the point. */
	for (int i = 0; value || i <= digits; i++) {
		if (i == digits && digits)
			backwards[count++] = '.';
		backwards[count++] = (char)('0' + value % 10);
		value /= 10;
	}
	if (minor < 0)
		out[size++] = '-';
	while (count)
		out[size++] = backwards[--count];
	out[size] = '\0';
	return size;
}
