#include "client/node/another.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "client/node/addresses.h"
#include "client/node/peers.h"
#include "client/node/serve.h"
#include "sync/alloc.h"

/* Where the new device is to look for the hub: as this one does. */
static void
add_addresses(struct node *node, char **urls, struct token *token)
{
	for (size_t i = 0;
		urls[i] && token->address_count < TOKEN_ADDRESSES_MAX; i++)
		if (token_address_valid(urls[i]) &&
			!addresses_own(node, urls[i]))
			(void)snprintf(token->addresses[token->address_count++],
				TOKEN_ADDRESS_MAX + 1, "%s", urls[i]);
}

static bool
ask(struct peers *peers, char **urls, const struct token *token,
	int64_t *expires_ms, struct problem *problem)
{
	struct peer_result *result = alloc(sizeof *result);
	bool done = false;

	for (size_t i = 0; urls[i] && !done; i++) {
		done = peers_invite(peers, urls[i], token->id, token->secret,
			       result, problem) &&
			peers_finish(peers, urls[i], result, problem);
		if (!done && !result->unreachable)
			break;
		if (done && !result->report.invited_until_ms) {
			problem_set(problem, EXIT_UNREACHABLE,
				T("%s does not answer"), T("head office"));
			done = false; /* a colleague */
		}
	}
	*expires_ms = result->report.invited_until_ms;
	free(result);
	return done;
}

bool
another_device(struct node *node, char token[static TOKEN_TEXT_SIZE],
	int64_t *expires_ms, struct problem *problem)
{
	struct peers *peers = serve_peers(), *own = NULL;
	char **urls = peers_hub_urls_known(node, problem);
	struct token t = {0};
	bool done = false;

	if (!urls)
		return false;
	if (peers && !serve_live()) {
		serve_sync_now();
		problem_set(problem, EXIT_UNREACHABLE, T("%s does not answer"),
			T("head office"));
		problem_hint(problem,
			T("try again when there is a network: head office "
			  "lets devices in"));
		peers_free_urls(urls);
		return false;
	}
	node_new_id(t.id);
	randombytes_buf(t.secret, sizeof t.secret);
	memcpy(t.company_key, node->company_key, SIGNING_KEY_SIZE);
	if (!peers)
		peers = own = peers_new(node, problem);
	if (peers)
		done = ask(peers, urls, &t, expires_ms, problem);
	peers_free_urls(urls);
	urls = peers_hub_urls(node); /* who answered is the first now */
	add_addresses(node, urls, &t);
	if (done)
		token_encode(token, &t);
	token_clear(&t);
	peers_free_urls(urls);
	peers_free(own);
	serve_sync_now(); /* the hub talks to one session of a device */
	return done;
}
