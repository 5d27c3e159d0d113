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
ask_at(struct peers *peers, const char *url, const struct token *token,
	struct peer_result *result, struct problem *problem)
{
	if (!peers_invite(
		    peers, url, token->id, token->secret, result, problem) ||
		!peers_finish(peers, url, result, problem))
		return false;
	return result->report.invited_until_ms ||
		problem_set(problem, EXIT_UNREACHABLE, T("%s does not answer"),
			T("head office")); /* a colleague */
}

static bool
ask(struct node *node, struct peers *peers, const char *url,
	const struct token *token, int64_t *expires_ms, struct problem *problem)
{
	struct peer_result *result = alloc(sizeof *result);
	char **urls = url ? NULL : peers_hub_urls_known(node, problem);
	bool done = url && ask_at(peers, url, token, result, problem);

	for (size_t i = 0; urls && urls[i] && !done; i++) {
		done = ask_at(peers, urls[i], token, result, problem);
		if (!done && !result->unreachable)
			break;
	}
	if (urls)
		peers_free_urls(urls);
	*expires_ms = result->report.invited_until_ms;
	free(result);
	return done;
}

/* Nobody waits for a head office that is away while a node serves. */
static bool
is_away(struct problem *problem)
{
	if (!serve_peers() || serve_reaches())
		return false;
	serve_sync_now();
	problem_set(problem, EXIT_UNREACHABLE, T("%s does not answer"),
		T("head office"));
	problem_hint(problem,
		T("try again when there is a network: head office lets "
		  "devices in"));
	return true;
}

/* Asks for what the token's id and secret say. */
static bool
ask_hub(struct node *node, const char *url, const struct token *token,
	int64_t *expires_ms, struct problem *problem)
{
	struct peers *peers = serve_peers(), *own = NULL;
	bool done;

	if (node->hub)
		return problem_set(problem, EXIT_USAGE,
			T("this is the hub: roadbook hub invite "
			  "LOGIN"));
	if (is_away(problem))
		return false;
	if (!peers)
		peers = own = peers_new(node, problem);
	done = peers && ask(node, peers, url, token, expires_ms, problem);
	peers_free(own);
	serve_call_again();
	return done;
}

bool
another_device(struct node *node, const char *url,
	char token[static TOKEN_TEXT_SIZE], int64_t *expires_ms,
	struct problem *problem)
{
	struct token t = {0};
	char **urls;
	bool done;

	node_new_id(t.id);
	randombytes_buf(t.secret, sizeof t.secret);
	memcpy(t.company_key, node->company_key, SIGNING_KEY_SIZE);
	done = ask_hub(node, url, &t, expires_ms, problem);
	if (done) {
		urls = peers_hub_urls(node); /* who answered is the first now */
		add_addresses(node, urls, &t);
		peers_free_urls(urls);
		token_encode(token, &t);
	}
	token_clear(&t);
	return done;
}

bool
another_withdraw(struct node *node, const char *url, const char *token,
	struct problem *problem)
{
	struct token t;
	int64_t over_ms;
	bool done;

	if (token_decode(&t, token) != STATUS_OK) {
		problem_set(problem, EXIT_USAGE,
			T("that is no invitation, or a part of it is missing"));
		return problem_hint(
			problem, T("paste all of it; it begins with rb1-"));
	}
	sodium_memzero(t.secret, sizeof t.secret);
	done = ask_hub(node, url, &t, &over_ms, problem);
	token_clear(&t);
	return done;
}
