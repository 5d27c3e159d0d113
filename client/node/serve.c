#include "client/node/serve.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "sync/agent.h"

/* How soon after a command a changed node is synced. */
enum { SYNC_SOON_MS = 2000, TURN_MS = 1000 };

struct serving {
	const struct serve_options *options;
	struct peers *peers;
	struct local *local;
	struct agent agent;
	struct peer_result result; /* of the background sync */
	bool syncing;
	char **urls;
	size_t url; /* which of them is tried */
	uint64_t written;
	int64_t soon_ms; /* when to sync what was written; 0: nothing */
	char address[LINK_URL_MAX];
};

static struct serving *current;
static volatile sig_atomic_t stopping;

struct peers *
serve_peers(void)
{
	return current ? current->peers : NULL;
}

const char *
serve_address(void)
{
	return current ? current->address : "";
}

static void
stop(int signal_number)
{
	(void)signal_number;
	stopping = 1;
}

static void
catch_signals(void)
{
	/* No SA_RESTART: poll() ends and the loop sees it. */
	struct sigaction action = {.sa_handler = stop};

	(void)sigaction(SIGTERM, &action, NULL); /* cannot fail */
	(void)sigaction(SIGINT, &action, NULL);
}

static uint64_t
pending(struct node *node)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < node->territory_count; i++)
		count += territory_pending(node->territories[i]);
	return count;
}

/* ---- keeping in step with the hub ---- */

static void
sync_over(struct serving *s, bool done)
{
	int64_t now = node_now_ms();

	s->syncing = false;
	peers_free_urls(s->urls);
	s->urls = NULL;
	s->soon_ms = 0;
	if (done)
		agent_succeeded(&s->agent, now);
	else
		agent_failed(&s->agent, now, randombytes_random());
}

/* The next address; over when there is none. */
static void
dial_next(struct serving *s)
{
	struct problem problem;

	while (s->urls[s->url]) {
		const char *url = s->urls[s->url++];

		if (peers_dial(s->peers, url, &s->result, &problem)) {
			s->syncing = true;
			return;
		}
	}
	sync_over(s, false);
}

static void
keep_in_step(struct serving *s)
{
	int64_t now = node_now_ms();

	if (!s->options->sync || s->options->node->hub)
		return;
	if (s->syncing && s->result.over) {
		if (s->result.report.state == SESSION_SETTLED)
			sync_over(s, true);
		else if (s->result.unreachable)
			dial_next(s);
		else
			sync_over(s, false);
	} else if (!s->syncing &&
		(agent_due(&s->agent, now) ||
			(s->soon_ms && now >= s->soon_ms))) {
		s->urls = peers_hub_urls(s->options->node);
		s->url = 0;
		dial_next(s);
	}
}

/* ---- the loop ---- */

static void
answer_command(struct serving *s)
{
	struct node *node = s->options->node;
	uint64_t before = pending(node);

	local_answer(s->local, s->options->run, s->options->run_self);
	if (pending(node) > before && !s->soon_ms)
		s->soon_ms = node_now_ms() + SYNC_SOON_MS;
}

static void
turn(struct serving *s, int *wait_ms)
{
	struct pollfd fds[] = {
		{.fd = peers_descriptor(s->peers), .events = POLLIN},
		{.fd = local_descriptor(s->local), .events = POLLIN},
	};

	if (poll(fds, 2, *wait_ms) < 0 && errno != EINTR)
		return;
	*wait_ms = peers_turn(s->peers, 0);
	if (fds[1].revents & POLLIN)
		answer_command(s);
	keep_in_step(s);
}

static bool
start(struct serving *s, struct problem *problem)
{
	const struct serve_options *options = s->options;

	s->peers = peers_new(options->node, problem);
	if (!s->peers)
		return false;
	s->local = local_new(options->node->dir, problem);
	return s->local &&
		(!options->listen ||
			peers_listen(s->peers, options->listen, s->address,
				problem));
}

static void
end(struct serving *s)
{
	if (s->syncing)
		peers_forget(s->peers, &s->result);
	if (s->urls)
		peers_free_urls(s->urls);
	local_free(s->local);
	peers_free(s->peers);
	current = NULL;
}

bool
serve_run(const struct serve_options *options, struct problem *problem)
{
	struct serving s = {.options = options};
	int wait_ms = TURN_MS;

	agent_init(&s.agent, node_now_ms());
	if (!start(&s, problem)) {
		end(&s);
		return false;
	}
	current = &s;
	catch_signals();
	options->listening(options->listening_self, s.address);
	while (!stopping)
		turn(&s, &wait_ms);
	end(&s);
	return true;
}
