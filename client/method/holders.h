#ifndef CLIENT_METHOD_HOLDERS_H
#define CLIENT_METHOD_HOLDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/method/coverage.h"
#include "client/method/figure.h"

/*
 * Who of us holds whom, and what is left when somebody goes (DOMAIN 3.13).
 *
 * K are the key contacts: decision makers (weight 3), influencers (2) and
 * sponsors (2; DOMAIN gives none, this is Roadbook's default). A contact is
 * held by an active user who met them within HOLDERS_TOUCH_DAYS while the
 * relationship counts as K2 or more, or who is its contact_owner. The caller
 * says who: one bit a user.
 */
enum {
	HOLDERS_TOUCH_DAYS = 180,
	HOLDERS_USERS_MAX =
		64,            /* further holders of one account are left out */
	HOLDERS_FACTOR_MAX = 6 /* who needs that many is told "more" */
};

/* The weight of a role in K; 0 for who is not in it. */
int holders_weight(enum key_role role);

struct holders_contact {
	int weight;  /* over 0 */
	uint64_t by; /* bit u: user u holds the contact */
};

struct holders {
	/*
	 * The smallest number of users whose going leaves less than half of
	 * the weight held; 0: less than half is held now. HOLDERS_FACTOR_MAX
	 * + 1: more than that. -1: there is no key contact.
	 */
	int bus_factor;
	/*
	 * The most that one user alone holds, of the whole weight; and the
	 * lowest such user, -1 when nobody holds anything alone.
	 */
	struct figure sole_share;
	int sole_user;
};

/* An exact search over the users; it ends at HOLDERS_FACTOR_MAX of them. */
struct holders holders_of(const struct holders_contact *contacts, size_t count);

#endif
