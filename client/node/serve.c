#include "client/node/serve.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client/node/addresses.h"
#include "client/node/hub/erase.h"
#include "client/node/hub/grants.h"
#include "client/node/hub/quarantine.h"
#include "client/node/leased.h"
#include "client/node/network.h"
#include "client/node/wipe.h"
#include "client/store/search_index.h"
#include "sync/agent.h"
#include "sync/alloc.h"

/* How soon after a command a changed node is synced. */
enum { SYNC_SOON_MS = 2000, TURN_MS = 1000 };

/*
 * Search is indexed when nothing else was to do for a while, so many records
 * at once: nobody waits longer than it takes a person to notice.
 */
enum { QUIET_MS = 200, INDEX_PAUSE_MS = 5, INDEX_ROWS = 2000 };

/* Links come up in several steps, and some come and go: one attempt for all. */
enum { NETWORK_PAUSE_MS = 1000 };

/* How often the hub looks at what has become due. */
enum { DUTIES_MS = 30 * 1000 };

/* How often a device looks whether its lease holds. */
enum { LEASE_MS = 30 * 1000 };

/* How often one that cannot watch is asked before it is tried again. */
enum { POLLS = 20 };

struct serving {
	const struct serve_options *options;
	struct peers *peers;
	struct local *local;
	struct problem *problem;
	sigset_t signals; /* blocked before serving, and while it waits */
	bool over;        /* it gives up, or nobody listens */
	struct agent agent;
	struct peer_result result; /* of the conversation with the hub */
	bool talking;
	uint32_t rounds; /* of it that were seen; 0: it does not watch yet */
	uint32_t polls;  /* to go without asking it to watch */
	bool in_step;    /* since it was lost */
	struct session_traffic sent, received; /* that were told */
	char **urls;
	size_t url;         /* how many of them were tried */
	int64_t soon_ms;    /* when to sync what was written; 0: nothing */
	int64_t again_ms;   /* it is lost for a reason of ours; 0: it is not */
	bool again;         /* it was, and is being dialled again */
	int64_t lease_ms;   /* when the lease was looked at last */
	int64_t duties_ms;  /* when they were done last; 0: not yet */
	int network;        /* tells of it (network.h), or -1 */
	bool network_went;  /* since it came back last */
	int64_t network_ms; /* when it last was acted upon */
	bool quiet;         /* nothing came since the last look at the index */
	bool indexed;       /* nothing is left to index, or it fails */
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

bool
serve_live(void)
{
	return current && current->talking && current->rounds > 0;
}

void
serve_sync_now(void)
{
	if (current && !serve_live())
		current->soon_ms = node_now_ms();
}

bool
serve_reaches(void)
{
	return serve_live() || (current && current->again);
}

void
serve_call_again(void)
{
	if (serve_reaches())
		current->again_ms = node_now_ms();
}

static void
stop(int signal_number)
{
	(void)signal_number;
	stopping = 1;
}

/*
 * From here on SIGTERM and SIGINT come while this thread waits in turn(), and
 * at no other moment: none is missed between asking for `stopping` and waiting.
 * To be called before threads are made, which would get them instead.
 */
static void
hold_signals(sigset_t *before)
{
	sigset_t ends;

	(void)sigemptyset(&ends); /* none of these can fail */
	(void)sigaddset(&ends, SIGTERM);
	(void)sigaddset(&ends, SIGINT);
	(void)pthread_sigmask(SIG_BLOCK, &ends, before);
}

static void
catch_signals(void)
{
	/* No SA_RESTART: ppoll() ends and the loop sees it. */
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

/* Of the directory: a command may have sealed what it wrote. */
static uint64_t
sealed(struct territory *territory)
{
	return territory_lacking_changes(territory, NULL, 0);
}

/* ---- keeping in step with the hub ---- */

static struct session_traffic
traffic_since(
	struct session_traffic *told, const struct session_traffic *traffic)
{
	struct session_traffic since = {traffic->changes - told->changes,
		traffic->segments - told->segments,
		traffic->bytes - told->bytes};

	*told = *traffic;
	return since;
}

static void
say(struct serving *s, struct serve_event event)
{
	event.result = &s->result;
	event.url = s->url ? s->urls[s->url - 1] : "";
	if (s->options->heard &&
		!s->options->heard(s->options->heard_self, &event))
		s->over = true;
}

/* It is in step; told when that is new, or something came or went. */
static void
say_in_step(struct serving *s, bool live)
{
	const struct session_report *report = &s->result.report;
	struct serve_event event = {
		.live = live, .kind = s->in_step ? SERVE_MOVED : SERVE_IN_STEP};

	if (s->in_step && report->sent.segments == s->sent.segments &&
		report->received.segments == s->received.segments)
		return;
	event.sent = traffic_since(&s->sent, &report->sent);
	event.received = traffic_since(&s->received, &report->received);
	s->in_step = true;
	say(s, event);
}

/* At an address that a person gave; whoever names one means just that. */
static bool
settled_with_colleague(const struct serving *s)
{
	const struct session_report *report = &s->result.report;

	return !s->options->url && report->state == SESSION_SETTLED &&
		!report->peer_is_hub;
}

/* This conversation is over, and so are the addresses that were tried. */
static void
hang_up(struct serving *s)
{
	s->talking = false;
	s->rounds = 0;
	peers_free_urls(s->urls);
	s->urls = NULL;
}

static void
failed(struct serving *s)
{
	struct serve_event event = {.kind = SERVE_LOST};
	int64_t now = node_now_ms();

	agent_failed(&s->agent, now, randombytes_random());
	event.retry_ms = agent_wait_ms(&s->agent, now);
	say(s, event);
	s->in_step = false;
	hang_up(s);
	/* Our own other session ended it: nothing is wrong over there. */
	s->again = s->again_ms != 0;
	s->soon_ms = s->again ? now : 0;
	s->again_ms = 0;
}

/* A person who looks on has to know; what runs by itself goes on trying. */
static bool
gives_up(struct serving *s)
{
	enum session_problem why = s->result.report.problem;

	if (!s->options->heard || peers_problem_code(why) != EXIT_REFUSED)
		return false;
	(void)peers_problem(&s->result, s->urls[s->url - 1], s->problem);
	s->over = true;
	return true;
}

/* The next address; it failed when there is none. */
static void
dial_next(struct serving *s)
{
	while (s->urls[s->url]) {
		const char *url = s->urls[s->url++];
		struct problem problem;

		s->sent = s->received = (struct session_traffic){0};
		/* With head office it goes on; a colleague is met and left. */
		s->talking = (s->polls || addresses_own(s->options->node, url)
				? peers_dial
				: peers_watch)(
			s->peers, url, &s->result, &problem);
		if (s->talking)
			return;
		if (s->options->url) {
			*s->problem = problem;
			s->over = true;
			return;
		}
	}
	failed(s);
}

static void
begin(struct serving *s)
{
	const char *url = s->options->url;

	if (url) {
		s->urls = alloc(2 * sizeof *s->urls);
		s->urls[0] = alloc_copy(url, strlen(url) + 1);
	} else {
		s->urls = peers_hub_urls(s->options->node);
	}
	s->url = 0;
	s->rounds = 0;
	dial_next(s);
}

/* While it goes on. */
static void
follow(struct serving *s)
{
	const struct session_report *report = &s->result.report;

	/* It settles before it is known whether the other side can tell. */
	if (report->state != SESSION_WATCHING || !report->watching ||
		report->rounds == s->rounds)
		return;
	if (s->rounds == 0) {
		agent_succeeded(&s->agent, node_now_ms());
		s->soon_ms = 0;
		s->again = false;
	}
	s->rounds = report->rounds;
	say_in_step(s, true);
}

static void
ended(struct serving *s)
{
	const struct session_report *report = &s->result.report;

	/* A colleague carries what waits; head office is tried again soon. */
	if (s->result.unreachable || settled_with_colleague(s)) {
		dial_next(s);
		return;
	}
	/* One that watched has been lost, however much in step it was. */
	if (report->state != SESSION_SETTLED ||
		(s->rounds && !report->cannot_watch)) {
		if (!gives_up(s))
			failed(s);
		return;
	}
	if (report->cannot_watch)
		s->polls = POLLS;
	else if (s->polls)
		s->polls--;
	say_in_step(s, false);
	agent_succeeded(&s->agent, node_now_ms());
	hang_up(s);
	s->soon_ms = 0;
	s->again = false;
}

/*
 * The machine has a network again: whoever waited for the next attempt, or
 * for an answer that cannot come any more, dials now.
 */
static void
network_came(struct serving *s)
{
	int64_t now = node_now_ms();

	s->network_went = false;
	s->network_ms = now;
	if (s->talking) {
		peers_hang_up(s->peers, &s->result);
		hang_up(s);
		s->in_step = false;
	}
	agent_init(&s->agent, now);
}

static void
look_at_network(struct serving *s)
{
	unsigned news = network_news(s->network);
	int64_t now = node_now_ms();

	if (news & NETWORK_WENT)
		s->network_went = true;
	if (!(news & NETWORK_CAME) || (serve_live() && !s->network_went))
		return;
	if (now >= s->network_ms && now - s->network_ms < NETWORK_PAUSE_MS)
		s->soon_ms = s->network_ms + NETWORK_PAUSE_MS;
	else
		network_came(s);
}

static void
keep_in_step(struct serving *s)
{
	int64_t now = node_now_ms();

	if (!s->options->url && (!s->options->sync || s->options->node->hub))
		return;
	if (s->talking && s->result.over)
		ended(s);
	else if (s->talking)
		follow(s);
	else if (agent_due(&s->agent, now) || (s->soon_ms && now >= s->soon_ms))
		begin(s);
}

/* ---- the loop ---- */

/* What the hub does of itself (client/node/hub/grants.h). */
static void
do_duties(struct serving *s)
{
	struct node *node = s->options->node;
	int64_t now = node_now_ms();
	struct problem problem;

	if (!node->hub ||
		(s->duties_ms && now >= s->duties_ms &&
			now - s->duties_ms < DUTIES_MS))
		return;
	/* A hub that was killed may have left some unwritten. */
	if (!s->duties_ms)
		(void)hub_quarantine_all(node, &problem);
	/* By then whoever holds what is owed here has brought it. */
	if (s->duties_ms)
		(void)hub_erase_late(node, NULL, &problem);
	s->duties_ms = now;
	/* What the disk refuses is tried again the next time. */
	(void)hub_carry_out(node, now, &problem);
	peers_wrote(s->peers);
}

/* What somebody wrote, by a command or on the page, the peers are told. */
static void
after_writing(struct serving *s, uint64_t before)
{
	if (pending(s->options->node) <= before)
		return;
	peers_wrote(s->peers);
	if (!s->soon_ms && !serve_live())
		s->soon_ms = node_now_ms() + SYNC_SOON_MS;
}

static void
answer_command(struct serving *s)
{
	struct node *node = s->options->node;
	uint64_t directory = sealed(node->directory);

	local_answer(s->local, s->options->run, s->options->run_self);
	if (sealed(node->directory) != directory)
		peers_told(s->peers);
}

/*
 * Goes on with the search index; how long until it wants to. Who listens to a
 * hub's node does not search it.
 */
static int
index_turn(struct serving *s, bool idle, int wait_ms)
{
	bool more = false;

	if (s->options->node->hub)
		return wait_ms;
	if (!idle)
		s->indexed = s->quiet = false;
	if (s->indexed)
		return wait_ms;
	if (s->quiet) {
		s->indexed = search_index_step(s->options->node->store,
				     INDEX_ROWS, &more) != STATUS_OK ||
			!more;
		if (s->indexed)
			return wait_ms;
	}
	s->quiet = true;
	if (more)
		return wait_ms < INDEX_PAUSE_MS ? wait_ms : INDEX_PAUSE_MS;
	return wait_ms < QUIET_MS ? wait_ms : QUIET_MS;
}

static void
turn(struct serving *s, int *wait_ms)
{
	const struct serve_side *side = s->options->side;
	struct pollfd fds[] = {
		{.fd = peers_descriptor(s->peers), .events = POLLIN},
		{.fd = local_descriptor(s->local), .events = POLLIN},
		{.fd = side ? side->descriptor : -1, .events = POLLIN},
		{.fd = s->network, .events = POLLIN},
	};
	struct timespec wait = {.tv_sec = *wait_ms / 1000,
		.tv_nsec = *wait_ms % 1000 * 1000000L};
	uint64_t before;
	int ready = ppoll(fds, sizeof fds / sizeof *fds,
		*wait_ms < 0 ? NULL : &wait, &s->signals);

	if (ready < 0 && errno != EINTR)
		return;
	before = pending(s->options->node);
	if (fds[1].revents & POLLIN)
		answer_command(s);
	if (fds[3].revents)
		look_at_network(s);
	if (side && (fds[2].revents & POLLIN))
		(void)side->turn(side->self); /* asked for its wait below */
	after_writing(s, before);
	do_duties(s);
	*wait_ms = peers_turn(s->peers, 0);
	keep_in_step(s);
	if (side) {
		int side_ms;

		/* What the peers brought, the page tells at once. */
		before = pending(s->options->node);
		side_ms = side->turn(side->self);
		after_writing(s, before);
		if (side_ms < *wait_ms)
			*wait_ms = side_ms;
	}
	*wait_ms = index_turn(s, ready == 0, *wait_ms);
}

/* One that runs out ends it: what is open here is not to stay open. */
static void
look_at_lease(struct serving *s)
{
	int64_t now = node_now_ms();

	if (now >= s->lease_ms && now - s->lease_ms < LEASE_MS)
		return;
	s->lease_ms = now;
	if (!leased_holds(s->options->node, s->problem))
		s->over = true;
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
	if (s->talking)
		peers_forget(s->peers, &s->result);
	if (s->peers)
		peers_end(s->peers);
	if (s->urls)
		peers_free_urls(s->urls);
	local_free(s->local);
	peers_free(s->peers);
	network_close(s->network);
	current = NULL;
	(void)pthread_sigmask(SIG_SETMASK, &s->signals, NULL);
}

bool
serve_run(const struct serve_options *options, struct problem *problem)
{
	struct serving s = {.options = options, .problem = problem};
	int wait_ms = TURN_MS;

	hold_signals(&s.signals);
	agent_init(&s.agent, node_now_ms());
	s.network = network_open();
	if (!start(&s, problem)) {
		end(&s);
		return false;
	}
	current = &s;
	catch_signals();
	if (options->listening)
		options->listening(options->listening_self, s.address);
	problem->code = EXIT_DONE;
	while (!stopping && !s.over && !wipe_due(options->node)) {
		turn(&s, &wait_ms);
		look_at_lease(&s);
	}
	end(&s);
	if (problem->code == EXIT_DONE && wipe_due(options->node))
		return problem_set(problem, EXIT_REFUSED,
			T("this device was shut out by head office, and what "
			  "it held is erased"));
	return problem->code == EXIT_DONE;
}
