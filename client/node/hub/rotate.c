#include "client/node/hub/rotate.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/node/folder.h"
#include "client/node/hub/certify.h"
#include "client/node/hub/root.h"
#include "client/node/keys.h"
#include "client/node/standing.h"
#include "client/store/setting.h"
#include "sync/alloc.h"

/* What is new: keys, the credentials that name them, the company's order. */
struct rotation {
	struct node_keys *keys;
	uint8_t credentials[CREDENTIALS_SIZE];
	uint8_t order[ORDER_SIZE_MAX];
	size_t order_size;
};

static bool
prepare(struct node *node, const uint8_t *secret, bool stolen,
	struct rotation *r, struct problem *problem)
{
	uint64_t now = (uint64_t)node_now_ms();
	struct order order = *policy_order(node->policy);
	struct order_key ended = {
		.ends_ms = stolen ? now : now + HUB_CERTIFICATE_MS};
	struct node_keys *fresh = node_keys_new(true);

	memcpy(ended.key, node_keys_issuing_public(node->keys),
		SIGNING_KEY_SIZE);
	order.number++;
	order.signed_ms = now;
	r->keys = fresh;
	node_keys_seal(fresh, node_keys_data_key(node->keys));
	memcpy(fresh->sign_secret, node->keys->sign_secret,
		SIGNING_SECRET_SIZE);
	memcpy(fresh->link_secret, node->keys->link_secret, LINK_SECRET_SIZE);
	if (!order_add_key(&order, &ended))
		return problem_set(problem, EXIT_FAILED,
			T("the issuing key was replaced as often as can be "
			  "told"));
	certify_hub(node->company_key, secret, fresh, now, r->credentials);
	r->order_size = order_encode(r->order, &order, secret);
	return true;
}

/* In the open transaction: from its commit on the new key is the hub's. */
static enum status
write_rotation(struct node *node, const struct rotation *r)
{
	enum status status = policy_take_order(
		node->policy, node->company_key, r->order, r->order_size);

	if (status == STATUS_OK)
		status = setting_set(node->store, "credentials", r->credentials,
			sizeof r->credentials);
	if (status == STATUS_OK)
		status = standing_write_order(node);
	return status;
}

static bool
commit_rotation(
	struct node *node, const struct rotation *r, struct problem *problem)
{
	if (!node_begin(node, problem))
		return false;
	if (write_rotation(node, r) == STATUS_OK)
		return node_commit(node, problem);
	node_rollback(node);
	return problem_set(problem, EXIT_FAILED, T("%s/node.db: %s"), node->dir,
		store_sqlite_problem(node->store));
}

static void
take_over(struct node *node, const struct node_keys *keys)
{
	char *next = folder_file(node->dir, "keys.next");
	char *final = folder_file(node->dir, "keys");

	/* When it fails, opening the node tries again. */
	(void)rename(next, final);
	memcpy(node->keys->issuing_secret, keys->issuing_secret,
		SIGNING_SECRET_SIZE);
	free(next);
	free(final);
}

static bool
rotate(struct node *node, const uint8_t *secret, bool stolen,
	struct problem *problem)
{
	struct rotation r = {.keys = NULL};
	char *next = folder_file(node->dir, "keys.next");
	bool done;

	(void)unlink(next); /* of a rotation that never came to be */
	done = prepare(node, secret, stolen, &r, problem) &&
		node_keys_save(r.keys, next, problem);
	if (done) {
		done = commit_rotation(node, &r, problem);
		if (!done)
			(void)unlink(next); /* it names nothing */
	}
	if (done) {
		take_over(node, r.keys);
		memcpy(node->credentials, r.credentials, sizeof r.credentials);
		node->credentials_size = sizeof r.credentials;
	}
	node_keys_free(r.keys);
	free(next);
	return done;
}

bool
hub_key_rotate(struct node *node, const char *root_file, bool stolen,
	struct problem *problem)
{
	uint8_t *secret;
	bool done;

	if (!node->hub)
		return problem_set(problem, EXIT_REFUSED,
			T("only head office's node does that"));
	secret = sodium_malloc(SIGNING_SECRET_SIZE);
	if (!secret)
		alloc_failed();
	done = root_load(root_file, node->company_key, secret, problem) &&
		rotate(node, secret, stolen, problem);
	sodium_free(secret);
	return done;
}

void
rotate_settle(struct node *node)
{
	char *next = folder_file(node->dir, "keys.next");
	struct certificate issuer;
	struct node_keys *keys = NULL;
	struct problem problem = {0};

	if (access(next, F_OK) == 0 &&
		node_keys_load_sealed(&keys, next,
			node_keys_data_key(node->keys), &problem) &&
		certificate_decode(&issuer, node->credentials,
			CERTIFICATE_SIZE) == STATUS_OK &&
		memcmp(issuer.signing_key, node_keys_issuing_public(keys),
			SIGNING_KEY_SIZE) == 0)
		take_over(node, keys);
	else if (keys)
		(void)unlink(next); /* the old one is the hub's still */
	node_keys_free(keys);
	free(next);
}
