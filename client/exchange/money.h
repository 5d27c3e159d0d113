#ifndef CLIENT_EXCHANGE_MONEY_H
#define CLIENT_EXCHANGE_MONEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Amounts as decimal text, exactly: no floating point. An amount is kept in
 * minor units, so a currency's digits are part of what stored amounts mean
 * and never change here.
 */

enum { MONEY_CURRENCY_SIZE = 3, MONEY_TEXT_SIZE = 32 };

enum money_read {
	MONEY_READ,
	MONEY_MALFORMED,
	MONEY_DECIMALS, /* more of them than the currency has */
	MONEY_RANGE,
};

/* Digits after the point of an ISO 4217 code; -1 if there is no such. */
int money_digits(const char code[static MONEY_CURRENCY_SIZE]);

/* The same, 2 for a currency that is not known here but that a peer sent. */
int money_digits_shown(const char code[static MONEY_CURRENCY_SIZE]);

/* Reads -5,000.00; commas, if any, stand at every third digit. */
enum money_read money_amount_read(
	int64_t *minor, const char *text, size_t size, int digits);

/* Writes 5000.00, NUL-terminated; returns the size without the NUL. */
size_t money_amount_write(
	int64_t minor, int digits, char out[static MONEY_TEXT_SIZE]);

#endif
