#include "client/exchange/uscc.h"

#include <string.h>

enum { USCC_SIZE = 18, USCC_BASE = 31 };

/* No I, O, S, V, Z. */
static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";

bool
value_uscc_valid(const char *code)
{
	int sum = 0;
	int weight = 1; /* 3 to the power of the place, mod 31 */

	if (strlen(code) != USCC_SIZE)
		return false;
	for (int i = 0; i < USCC_SIZE; i++) {
		const char *sign = strchr(alphabet, code[i]);

		if (!sign)
			return false;
		/* The check sign completes the sum, so has weight 1. */
		sum += (int)(sign - alphabet) *
			(i == USCC_SIZE - 1 ? 1 : weight);
		weight = weight * 3 % USCC_BASE;
	}
	return sum % USCC_BASE == 0;
}
