#ifndef CLIENT_HANDOVER_STAKE_H
#define CLIENT_HANDOVER_STAKE_H

#include <jansson.h>

#include "client/method/dossier.h"
#include "client/method/figure.h"

/*
 * What accounts are worth, as far as records say: what each spends a year on
 * what we sell (account.category_spend). That is the most that can be lost
 * with it, and not our revenue, of which no record is kept; the customer's own
 * turnover says less and is not mixed in. Sums are by currency, since no rate
 * is kept either; an account without an amount is counted as unknown and never
 * as 0.
 */

enum { STAKE_CURRENCIES = 16 };

struct stake {
	struct stake_sum {
		char currency[4];
		int64_t minor;    /* at most INT64_MAX */
	} sums[STAKE_CURRENCIES]; /* by currency */
	size_t count;
	uint32_t known, unknown; /* accounts; of too many currencies: unknown */
};

void stake_add(struct stake *stake, const struct dossier_account *account);

/* The share of one currency; not known when there is none of it in all. */
struct figure stake_share(const struct stake *part, const struct stake *all,
	const char *currency);

/*
 * {"known", "unknown", "of": [{"currency", "amount" (decimal text),
 * "share_bp"}…]}: the part, of all; every currency that all has.
 */
json_t *stake_json(const struct stake *part, const struct stake *all);

#endif
