/* Syncing and waiting for it: with whom, and why it failed. */

#include <stdlib.h>
#include <string.h>

#include "client/node/addresses.h"
#include "client/node/peers_inside.h"
#include "client/store/setting.h"
#include "sync/alloc.h"

const char *
peers_problem_text(enum session_problem problem)
{
	switch (problem) {
	case SESSION_FINE:
		return N_("done");
	case SESSION_NOT_GENUINE:
		return N_("what came was altered on the way, or is not of this "
			  "company");
	case SESSION_MALFORMED:
		return N_(
			"it answers in a way that this program does not know");
	case SESSION_EXPIRED:
		return N_("a certificate has expired");
	case SESSION_REVOKED:
		return N_("this device is shut out");
	case SESSION_PEER_REVOKED:
		return N_("that device is shut out");
	case SESSION_REFUSED:
		return N_("it refused: no grant for what was asked");
	case SESSION_TOKEN:
		return N_("the invitation is unknown, has expired, or was used "
			  "by another device");
	case SESSION_BUSY:
		return N_("it takes no more from this device for now");
	case SESSION_FAILED:
		return N_("the disk here refused");
	case SESSION_PEER_FAILED:
		return N_("the other side could not do its part");
	case SESSION_CLOSED:
		return N_("the connection ended before it was done");
	}
	return N_("failed");
}

enum exit_code
peers_problem_code(enum session_problem problem)
{
	switch (problem) {
	case SESSION_FINE:
		return EXIT_DONE;
	case SESSION_EXPIRED:
	case SESSION_REVOKED:
	case SESSION_PEER_REVOKED:
	case SESSION_REFUSED:
	case SESSION_TOKEN:
	case SESSION_BUSY:
		return EXIT_REFUSED;
	case SESSION_CLOSED:
		return EXIT_UNREACHABLE;
	case SESSION_NOT_GENUINE:
	case SESSION_MALFORMED:
	case SESSION_FAILED:
	case SESSION_PEER_FAILED:
		break;
	}
	return EXIT_FAILED;
}

bool
peers_problem(const struct peer_result *result, const char *url,
	struct problem *problem)
{
	enum session_problem why = result->report.problem;

	if (result->unreachable) {
		problem_set(problem, EXIT_UNREACHABLE, T("%s does not answer"),
			url);
		return problem_hint(problem,
			T("what you wrote is safe on this device; try again "
			  "when there is a network"));
	}
	problem_set(problem, peers_problem_code(why), "%s: %s", url,
		T(peers_problem_text(why)));
	if (why == SESSION_CLOSED)
		problem_hint(problem,
			T("what was acknowledged is kept; sync again"));
	else if (result->detail[0])
		problem_hint(problem, "%s", result->detail);
	return false;
}

bool
peers_finish(struct peers *peers, const char *url, struct peer_result *result,
	struct problem *problem)
{
	while (!result->over)
		(void)peers_turn(peers, 1000);
	if (result->report.state == SESSION_SETTLED)
		return true;
	return peers_problem(result, url, problem);
}

static bool
sync_with(struct peers *peers, const char *url, struct peer_result *result,
	struct problem *problem)
{
	if (!peers_dial(peers, url, result, problem) ||
		!peers_finish(peers, url, result, problem))
		return false;
	if (!result->report.replaced)
		return true;
	/* With the keys that it was just given, as what it is now. */
	return peers_dial(peers, url, result, problem) &&
		peers_finish(peers, url, result, problem);
}

char **
peers_hub_urls_known(struct node *node, struct problem *problem)
{
	char **urls;

	if (node->hub) {
		problem_set(problem, EXIT_USAGE,
			T("this is the hub: name the address of a peer"));
		problem_hint(problem, "roadbook sync tcp://HOST:PORT");
		return NULL;
	}
	urls = peers_hub_urls(node);
	if (urls[0])
		return urls;
	peers_free_urls(urls);
	problem_set(problem, EXIT_USAGE, T("no address of the hub is known"));
	problem_hint(problem, "roadbook sync tcp://HOST:PORT");
	return NULL;
}

bool
peers_sync(struct peers *peers, const char *url, struct peer_result *result,
	struct problem *problem)
{
	char **urls;
	bool done = false;

	if (url)
		return sync_with(peers, url, result, problem);
	urls = peers_hub_urls_known(peers->node, problem);
	if (!urls)
		return false;
	for (size_t i = 0; urls[i] && !done; i++) {
		done = sync_with(peers, urls[i], result, problem);
		if (!done && !result->unreachable)
			break;
	}
	peers_free_urls(urls);
	return done;
}

/* Adds an address that is not in the list yet. */
static char **
add_url(char **urls, const char *url)
{
	size_t count = 0;

	for (; urls[count]; count++)
		if (strcmp(urls[count], url) == 0)
			return urls;
	urls = alloc_again(urls, (count + 2) * sizeof *urls);
	urls[count] = alloc_copy(url, strlen(url) + 1);
	urls[count + 1] = NULL;
	return urls;
}

static void
add_own(void *self, const char *url)
{
	char ***urls = self;

	*urls = add_url(*urls, url);
}

char **
peers_hub_urls(struct node *node)
{
	char tokens[TOKEN_ADDRESSES_MAX * (TOKEN_ADDRESS_MAX + 1)];
	char last[LINK_URL_MAX];
	size_t size =
		setting_get(node->store, "hub_address", last, sizeof last);
	const char *url;
	char **urls = alloc(sizeof *urls);

	if (size && last[size - 1] == '\0')
		urls = add_url(urls, last);
	for (uint32_t i = 0; (url = policy_hub_address_at(node->policy, i));
		i++)
		urls = add_url(urls, url);
	size = setting_get(
		node->store, "token_addresses", tokens, sizeof tokens);
	for (size_t at = 0; at < size && memchr(tokens + at, 0, size - at);
		at += strlen(tokens + at) + 1)
		urls = add_url(urls, tokens + at);
	addresses_each(node, add_own, &urls);
	return urls;
}

void
peers_free_urls(char **urls)
{
	for (size_t i = 0; urls[i]; i++)
		free(urls[i]);
	free(urls);
}
