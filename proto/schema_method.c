#include "proto/schema_words.h"

/*
 * What a handover lives on (DOMAIN 2.1, 2.2, 2.6, 2.9, 4 d, e): who stands how
 * with us, who decides, who of us holds whom, what was promised, what is known
 * of the customer, and the handover itself. The rules of schema_roadbook.c
 * hold here, too.
 */

/*
 * Seven scales (SUPPORT and INVOLVE, two columns of one table, make the
 * seventh) that are never added up and run in opposite directions. So no level
 * is a bare number: its code belongs to one scale. client/method/scale.h says
 * which is higher.
 */
static const struct schema_code scale[] = {
	{"CR", "Attitude CR1 to CR5", "客户态度 CR1–CR5"},
	{"KEY5", "Key relationship K1 to K5", "关键客户关系 K1–K5"},
	{"GEN4", "General relationship", "普遍客户关系"},
	{"ORG4", "Organisational relationship", "组织客户关系"},
	{"BSH", "Buy-sell hierarchy", "买卖层级"},
	{"KAM5", "Key account stage", "大客户管理阶段"},
	{"SUPPORT", "Degree of support", "支持的程度"},
	{"INVOLVE", "Degree of involvement", "参与的程度"},
};

static const struct schema_code rating_level[] = {
	{"CR1", "CR1 die-hard supporter", "CR1 铁杆支持者"},
	{"CR2", "CR2 friendly", "CR2 友善者"},
	{"CR3", "CR3 neutral", "CR3 中立者"},
	{"CR4", "CR4 competitor's die-hard supporter", "CR4 对手铁杆支持者"},
	{"CR5", "CR5 firm opponent", "CR5 坚决反对者"},
	{"K1", "K1 contacted", "K1 接触"},
	{"K2", "K2 accepts us", "K2 接受"},
	{"K3", "K3 favours us", "K3 有好感"},
	{"K4", "K4 supports, not exclusively", "K4 支持不排他"},
	{"K5", "K5 supports exclusively", "K5 支持并排他"},
	{"poor", "General: poor", "普遍关系：差"},
	{"fair", "General: fair", "普遍关系：中"},
	{"good", "General: good", "普遍关系：良"},
	{"excellent", "General: excellent", "普遍关系：优"},
	{"vendor", "Vendor", "参与者"},
	{"supplier", "Supplier", "供应商"},
	{"key_supplier", "Key supplier", "关键供应商"},
	{"strategic_partner", "Strategic partner", "战略合作伙伴"},
	{"BSH1", "BSH1 commodity that meets the specification",
		"BSH1 合规格的商品"},
	{"BSH2", "BSH2 good product or service", "BSH2 好的产品或服务"},
	{"BSH3", "BSH3 good service and support", "BSH3 好的服务与支持"},
	{"BSH4", "BSH4 contributes to business issues", "BSH4 对业务有贡献"},
	{"BSH5", "BSH5 contributes to organisational issues",
		"BSH5 对组织有贡献"},
	{"PRE", "Pre-KAM", "KAM 探索期"},
	{"EARLY", "Early KAM", "KAM 早期"},
	{"MID", "Mid-KAM", "KAM 中期"},
	{"PARTNER", "Partnership KAM", "KAM 伙伴期"},
	{"SYNERGY", "Synergistic KAM", "KAM 协同期"},
	{"support_low", "Low support", "支持程度低"},
	{"support_mid", "Medium support", "支持程度中"},
	{"support_high", "High support", "支持程度高"},
	{"involve_low", "Low involvement", "参与程度低"},
	{"involve_mid", "Medium involvement", "参与程度中"},
	{"involve_high", "High involvement", "参与程度高"},
};

static const struct schema_code perspective[] = {
	{"ours", "Our view", "我方视角"},
	{"customer", "The customer's view", "客户视角"},
};

static const struct schema_part rating_body[] = {
	/* Of a person; or of an account or a department of it. */
	{1, "contact_id", "Contact", "联系人", REF(TYPE_CONTACT)},
	{2, "account_id", "Account", "客户", REF(TYPE_ACCOUNT)},
	{3, "department", "Department", "部门", TEXT},
	{4, "scale", "Scale", "尺度", CODE(scale), REQUIRED},
	{5, "level", "Level", "级别", CODE(rating_level), REQUIRED},
	{6, "perspective", "Perspective", "视角", CODE(perspective)},
	{7, "rated_on", "Rated on", "评级日期", DATE, REQUIRED},
	{8, "rated_by_id", "Rated by", "评级人", REF(TYPE_USER)},
	{9, "evidence_visit_id", "Evidence: visit", "依据：拜访",
		REF(TYPE_VISIT)},
	/* Asked for with the two highest levels of a scale. */
	{10, "evidence", "Evidence", "依据", PROSE},
	/* Who of us personally carries it. */
	{11, "depends_on_id", "Depends on", "依赖于", REF(TYPE_USER)},
	{12, "competitor", "Competitor", "竞争对手", TEXT}, /* of CR4 */
	{13, "corrects", "Corrects", "更正的评级",
		REF(TYPE_RELATIONSHIP_RATING)},
};

const struct schema_field schema_rating_fields[RATING_FIELDS] = {
	{ARCHIVED},
	{MOVED},
	{5, "body", "Content", "内容", ONCE, TUPLE(rating_body), REQUIRED},
};

/* Who of us holds the person. What changes in parts is a record (F22). */

static const struct schema_code hold_kind[] = {
	{"lead", "Lead", "主负责"},
	{"second", "Second", "副负责"},
};

static const struct schema_code strength[] = {
	{"1", "Barely known", "初识"},
	{"2", "Acquainted", "相识"},
	{"3", "On good terms", "熟络"},
	{"4", "Trusted", "信任"},
	{"5", "Very close", "密切"},
};

const struct schema_field schema_contact_owner_fields[CONTACT_OWNER_FIELDS] = {
	{ARCHIVED},
	{MOVED},
	{5, "contact_id", "Contact", "联系人", LATEST, REF(TYPE_CONTACT),
		REQUIRED},
	{9, "user_id", "Held by", "我方负责人", LATEST, REF(TYPE_USER),
		REQUIRED},
	{13, "kind", "Kind", "类别", LATEST, CODE(hold_kind)},
	{17, "since_on", "Since", "开始日期", LATEST, DATE},
	{21, "until_on", "Until", "结束日期", LATEST, DATE},
	{25, "strength", "Strength, own judgement", "关系强度（自评）", LATEST,
		CODE(strength)},
};

/*
 * An edge of the decision chain, from the contact to the other. Work-related
 * influence only; no private life.
 */

static const struct schema_code link_kind[] = {
	{"reports_to", "Reports to", "汇报给"},
	{"influences", "Influences", "影响"},
	{"ally", "Ally of", "盟友"},
	{"opposes", "Opposes", "对立"},
	{"mentor", "Mentor of", "提携"},
	{"deputises", "Deputises for", "代理"},
};

static const struct schema_code confidence[] = {
	{"1", "Hearsay", "传闻"},
	{"2", "Likely", "较可信"},
	{"3", "Certain", "确定"},
};

static const struct schema_code source[] = {
	{"customer", "Customer", "客户"},
	{"visit", "Own visit", "拜访"},
	{"public", "Public source", "公开渠道"},
	{"partner", "Partner", "合作伙伴"},
	{"inferred", "Inferred", "推断"},
};

const struct schema_field schema_contact_link_fields[CONTACT_LINK_FIELDS] = {
	{ARCHIVED},
	{MOVED},
	{5, "contact_id", "Contact", "联系人", LATEST, REF(TYPE_CONTACT),
		REQUIRED},
	{9, "to_contact_id", "To contact", "关联联系人", LATEST,
		REF(TYPE_CONTACT), REQUIRED},
	{13, "kind", "Kind", "类别", LATEST, CODE(link_kind), REQUIRED},
	{17, "formal", "Formal", "正式关系", LATEST, BOOL},
	{21, "confidence", "Confidence", "可信度", LATEST, CODE(confidence)},
	{25, "source", "Source", "来源", LATEST, CODE(source)},
	{29, "note", "Note", "备注", LATEST, PROSE},
};

/*
 * Team and owner. Whoever leaves a team gets an entry that names the one of
 * his joining in `corrects`, with its end.
 */

static const struct schema_code member_role[] = {
	{"kam", "Key account manager", "大客户经理"},
	{"rep", "Sales rep", "销售代表"},
	{"exec_sponsor", "Executive sponsor", "高层赞助人"},
	{"specialist", "Specialist", "专家"},
	{"service", "Service", "服务"},
	{"finance", "Finance", "财务"},
	{"backup", "Backup", "后备"},
};

static const struct schema_part account_member_body[] = {
	{1, "account_id", "Account", "客户", REF(TYPE_ACCOUNT), REQUIRED},
	{2, "user_id", "Member", "成员", REF(TYPE_USER), REQUIRED},
	{3, "role", "Role", "角色", CODE(member_role), REQUIRED},
	{4, "from_on", "From", "加入日期", DATE},
	{5, "to_on", "To", "退出日期", DATE},
	{6, "corrects", "Corrects", "更正的记录", REF(TYPE_ACCOUNT_MEMBER)},
};

const struct schema_field schema_account_member_fields[ACCOUNT_MEMBER_FIELDS] =
	{
		{ARCHIVED},
		{MOVED},
		{5, "body", "Content", "内容", ONCE, TUPLE(account_member_body),
			REQUIRED},
};

static const struct schema_part account_assignment_body[] = {
	{1, "account_id", "Account", "客户", REF(TYPE_ACCOUNT), REQUIRED},
	{2, "from_user_id", "From", "原责任人", REF(TYPE_USER)},
	{3, "to_user_id", "To", "新责任人", REF(TYPE_USER), REQUIRED},
	{4, "effective_on", "Effective on", "生效日期", DATE, REQUIRED},
	{5, "reason", "Reason", "原因", PROSE},
	{6, "by_id", "Decided by", "决定人", REF(TYPE_USER)},
	{7, "corrects", "Corrects", "更正的指派", REF(TYPE_ACCOUNT_ASSIGNMENT)},
};

/* Who gets an account is a manager's word: the body has a manager's number. */
const struct schema_field
	schema_account_assignment_fields[ACCOUNT_ASSIGNMENT_FIELDS] = {
		{ARCHIVED},
		{MOVED},
		{6, "body", "Content", "内容", ONCE,
			TUPLE(account_assignment_body), REQUIRED},
};

/* Promises and next steps. What somebody is owed has `owed_by`. */

static const struct schema_code action_kind[] = {
	{"visit", "Visit", "拜访"},
	{"call", "Phone call", "电话"},
	{"document", "Document", "文件"},
	{"internal", "Internal", "内部事项"},
	{"meeting", "Meeting", "会议"},
	{"sample", "Sample", "样品"},
	{"bid", "Bid", "投标"},
	{"collection", "Collection of payment", "催收货款"},
	{"care", "Care", "关怀"},
	{"relationship", "Relationship", "关系建设"},
	{"plan", "Plan", "计划"},
};

/* Lowest first: done wins over a concurrent dropping. */
static const struct schema_code action_status[] = {
	{"open", "Open", "未开始"},
	{"doing", "Under way", "进行中"},
	{"dropped", "Dropped", "放弃"},
	{"done", "Done", "完成"},
};

static const struct schema_code priority[] = {
	{"1", "Urgent", "紧急"},
	{"2", "Normal", "一般"},
	{"3", "Can wait", "可缓"},
};

static const struct schema_code action_origin[] = {
	{"visit", "Visit", "拜访"},
	{"plan", "Plan", "计划"},
	{"handover", "Handover", "移交"},
	{"alert", "Alert", "预警"},
	{"manual", "Entered by hand", "手工录入"},
};

static const struct schema_code owed_by[] = {
	{"us", "We owe it to the customer", "我方承诺"},
	{"customer", "The customer owes it to us", "客户承诺"},
};

const struct schema_field schema_action_fields[ACTION_FIELDS] = {
	{ARCHIVED},
	{MOVED},
	{5, "title", "What", "事项", LATEST, TEXT, REQUIRED},
	{9, "kind", "Kind", "类别", LATEST, CODE(action_kind)},
	/* An archived customer whom somebody still owes comes back up. */
	{13, "account_id", "Account", "客户", LATEST, REF(TYPE_ACCOUNT),
		PARENT},
	{17, "contacts", "Contacts", "相关联系人", SET, REF(TYPE_CONTACT)},
	{21, "visit_id", "From visit", "来自拜访", LATEST, REF(TYPE_VISIT)},
	{25, "owner_id", "Owner", "责任人", SENIOR, REF(TYPE_USER)},
	{29, "helpers", "Helpers", "协助人", SET, REF(TYPE_USER)},
	{33, "due_on", "Due on", "到期日", LATEST, DATE},
	{37, "baseline_due_on", "Due at first", "最初到期日", ONCE, DATE},
	{41, "status", "Status", "行动状态", HIGHEST, CODE(action_status)},
	{45, "done_on", "Done on", "完成日期", LATEST, DATE},
	{49, "result", "Result", "结果", LATEST, PROSE},
	{53, "priority", "Priority", "优先级", LATEST, CODE(priority)},
	{57, "origin", "Origin", "来源", ONCE, CODE(action_origin)},
	{61, "owed_by", "Promise", "承诺方", LATEST, CODE(owed_by)},
	{65, "promised_on", "Promised on", "承诺日期", LATEST, DATE},
};

/* A fact about the customer; the six prompts of an exit note are kinds. */

static const struct schema_code intel_category[] = {
	{"mission", "Mission", "使命"},
	{"strategy_long", "Long-term strategy", "长期战略"},
	{"strategy_short", "Short-term strategy", "短期策略"},
	{"challenge_macro", "Challenge: environment", "挑战：宏观"},
	{"challenge_internal", "Challenge: internal", "挑战：内部"},
	{"challenge_rival", "Challenge: their rivals", "挑战：对手"},
	{"challenge_supplier", "Challenge: their suppliers", "挑战：供应商"},
	{"investment", "Investment", "投资"},
	{"project", "Project", "项目"},
	{"maintenance", "Maintenance", "维护"},
	{"purchasing_pref", "Purchasing preference", "采购偏好"},
	{"org", "Organisation", "组织"},
	{"product", "Product", "产品"},
	{"finance", "Finance", "财务"},
	{"news", "News", "新闻"},
	{"requirement_hint", "Hint at a requirement", "需求线索"},
	{"exit_decides", "Exit note: who decides", "交接说明：谁拍板"},
	{"exit_moves", "Exit note: what moves them", "交接说明：看重什么"},
	{"exit_promises", "Exit note: open promises", "交接说明：未了承诺"},
	{"exit_traps", "Exit note: traps", "交接说明：雷区"},
	{"exit_next", "Exit note: the next 30 days", "交接说明：未来30天"},
	{"exit_who", "Exit note: who else should know", "交接说明：还应告知谁"},
};

static const struct schema_part intel_body[] = {
	{1, "account_id", "Account", "客户", REF(TYPE_ACCOUNT), REQUIRED},
	{2, "category", "Category", "类别", CODE(intel_category), REQUIRED},
	{3, "text", "Text", "内容", PROSE, REQUIRED},
	{4, "source", "Source", "来源", CODE(source)},
	{5, "source_ref", "Where it stands", "出处", TEXT},
	{6, "confidence", "Confidence", "可信度", CODE(confidence)},
	{7, "observed_on", "Observed on", "获知日期", DATE},
	{8, "expires_on", "Good until", "有效期至", DATE},
	{9, "contact_id", "Told by", "提供人", REF(TYPE_CONTACT)},
	{10, "visit_id", "On visit", "来自拜访", REF(TYPE_VISIT)},
	{11, "corrects", "Corrects", "更正的情报", REF(TYPE_INTEL)},
};

const struct schema_field schema_intel_fields[INTEL_FIELDS] = {
	{ARCHIVED},
	{MOVED},
	{5, "body", "Content", "内容", ONCE, TUPLE(intel_body), REQUIRED},
};

/*
 * One account (or, without one, all that a person held) that goes from one
 * person to another. It stands in a management compartment, where the leaver
 * does not read it, or in the territory itself, where the successor does. The
 * brief is kept as it read on the day, one field a section. What a manager or
 * head office says has their numbers; the successor reports in `met`, `checks`
 * and `result`.
 */

static const struct schema_part met_parts[] = {
	{1, "contact_id", "Contact", "联系人", REF(TYPE_CONTACT), REQUIRED},
	{2, "met_on", "Met on", "会面日期", DATE},
	{3, "visit_id", "Visit", "拜访", REF(TYPE_VISIT)},
};

static const struct schema_part check_parts[] = {
	{1, "day", "Day (30, 60, 90)", "第几天（30、60、90）", INT, REQUIRED},
	{2, "done_on", "Checked on", "检查日期", DATE},
	{3, "reached", "Key contacts met", "已见关键人数", INT},
	{4, "of", "Of key contacts", "关键人总数", INT},
	{5, "level_kept", "Relationship kept", "关系是否保持", BOOL},
	{6, "note", "Note", "备注", TEXT},
};

static const struct schema_code handover_reason[] = {
	{"resigned", "Resigned", "辞职"},
	{"dismissed", "Dismissed", "解聘"},
	{"retired", "Retired", "退休"},
	{"transfer", "Transfer", "调动"},
	{"promotion", "Promotion", "晋升"},
	{"absence", "Long absence", "长期休假"},
	{"other", "Other", "其他"},
};

/* Lowest first. */
static const struct schema_code handover_status[] = {
	{"preparing", "Under preparation", "准备中"},
	{"cancelled", "Cancelled", "取消"},
	{"handed_over", "Handed over", "已移交"},
	{"completed", "Completed", "已完成"},
};

const struct schema_field schema_handover_fields[HANDOVER_FIELDS] = {
	{ARCHIVED},
	{MOVED},
	{5, "met", "Key contacts met", "已见关键人", SET, TUPLE(met_parts)},
	{6, "from_user_id", "From", "移交人", ONCE, REF(TYPE_USER), REQUIRED},
	{9, "checks", "Checks after 30, 60, 90 days", "30/60/90天检查", SET,
		TUPLE(check_parts)},
	{10, "to_user_id", "To", "接手人", SENIOR, REF(TYPE_USER)},
	{13, "result", "Result", "结果", LATEST, PROSE},
	{14, "handed_territory_id", "Territory handed over", "移交区域", ONCE,
		REF(TYPE_TERRITORY)},
	{18, "account_id", "Account", "客户", ONCE, REF(TYPE_ACCOUNT)},
	{22, "reason", "Reason", "原因", LATEST, CODE(handover_reason)},
	{26, "status", "Status", "移交状态", HIGHEST, CODE(handover_status)},
	{30, "last_day", "Last day", "最后工作日", LATEST, DATE},
	{34, "effective_on", "Effective on", "生效日期", LATEST, DATE},
	{38, "brief_people", "Brief: people", "简报：人员", LATEST, PROSE},
	{42, "brief_chain", "Brief: decision chain", "简报：决策链", LATEST,
		PROSE},
	{46, "brief_visits", "Brief: last visits", "简报：最近拜访", LATEST,
		PROSE},
	{50, "brief_promises", "Brief: promises", "简报：承诺", LATEST, PROSE},
	{54, "brief_conflicts", "Brief: conflicts", "简报：冲突", LATEST,
		PROSE},
	{58, "brief_unconfirmed", "Brief: unconfirmed", "简报：待确认", LATEST,
		PROSE},
	{62, "promises", "Open promises and next steps", "未了承诺与事项", SET,
		REF(TYPE_ACTION)},
	{66, "key_contacts", "Key contacts to be met", "须见关键人", SET,
		REF(TYPE_CONTACT)},
	{70, "check_30_on", "Check after 30 days", "30天检查日", LATEST, DATE},
	{74, "check_60_on", "Check after 60 days", "60天检查日", LATEST, DATE},
	{78, "check_90_on", "Check after 90 days", "90天检查日", LATEST, DATE},
	{82, "note", "Note", "备注", LATEST, PROSE},
	{86, "brief_exit_note", "Brief: exit note", "简报：交接说明", LATEST,
		PROSE},
};
