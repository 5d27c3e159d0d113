#include "client/handover/stake.h"

#include <string.h>

#include "client/exchange/money.h"
#include "client/method/tell.h"

/* NULL: there is none of that currency, and no room for one more. */
static struct stake_sum *
sum_of(struct stake *stake, const char *currency)
{
	size_t at = 0;

	while (at < stake->count &&
		strcmp(stake->sums[at].currency, currency) < 0)
		at++;
	if (at < stake->count &&
		strcmp(stake->sums[at].currency, currency) == 0)
		return &stake->sums[at];
	if (stake->count == STAKE_CURRENCIES)
		return NULL;
	memmove(&stake->sums[at + 1], &stake->sums[at],
		(stake->count - at) * sizeof *stake->sums);
	stake->count++;
	stake->sums[at] = (struct stake_sum){.minor = 0};
	memcpy(stake->sums[at].currency, currency,
		sizeof stake->sums[at].currency);
	return &stake->sums[at];
}

void
stake_add(struct stake *stake, const struct dossier_account *account)
{
	struct stake_sum *sum = account->spend > 0
		? sum_of(stake, account->spend_currency)
		: NULL;

	if (!sum) {
		stake->unknown++;
		return;
	}
	stake->known++;
	sum->minor = account->spend > INT64_MAX - sum->minor
		? INT64_MAX
		: sum->minor + account->spend;
}

static int64_t
minor_of(const struct stake *stake, const char *currency)
{
	for (size_t i = 0; i < stake->count; i++)
		if (strcmp(stake->sums[i].currency, currency) == 0)
			return stake->sums[i].minor;
	return 0;
}

struct figure
stake_share(
	const struct stake *part, const struct stake *all, const char *currency)
{
	return figure_of(minor_of(part, currency), minor_of(all, currency));
}

json_t *
stake_json(const struct stake *part, const struct stake *all)
{
	json_t *list = json_array();

	for (size_t i = 0; i < all->count; i++) {
		const char *currency = all->sums[i].currency;
		char amount[MONEY_TEXT_SIZE];

		(void)money_amount_write(minor_of(part, currency),
			money_digits_shown(currency), amount);
		json_array_append_new(list,
			json_pack("{s:s, s:s, s:o}", "currency", currency,
				"amount", amount, "share_bp",
				tell_figure(stake_share(part, all, currency))));
	}
	return json_pack("{s:I, s:I, s:o}", "known", (json_int_t)part->known,
		"unknown", (json_int_t)part->unknown, "of", list);
}
