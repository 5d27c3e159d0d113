#include "proto/schema_words.h"

/*
 * The schema that this program ships. To add a field: one line, with the next
 * number of its writer rank (any rep 5, 9, 13, …, manager 6, 10, …, head
 * office 7, 11, …), and its line in tests/proto/schema.golden. A line that is
 * there never changes its number, kind, order, form or list order, and a
 * number is never used again.
 *
 * What DOMAIN.md derives is not here, nor are fields that refer to types that
 * are not built.
 */

/* Lists that several types share. */

static const struct schema_code level[] = {
	{"exec", "Executive", "决策层"},
	{"mgmt", "Management", "管理层"},
	{"working", "Working level", "执行层"},
	{"operator", "Operator", "操作层"},
};

static const struct schema_code function[] = {
	{"purchasing", "Purchasing", "采购"},
	{"technical", "Technical", "技术"},
	{"quality", "Quality", "质量"},
	{"production", "Production", "生产"},
	{"rnd", "Research and development", "研发"},
	{"finance", "Finance", "财务"},
	{"logistics", "Logistics", "物流"},
	{"management", "General management", "高管"},
	{"admin", "Administration", "行政"},
	{"marketing", "Marketing", "市场"},
	{"other", "Other", "其他"},
};

/* Alias: two ids are one record. */

static const struct schema_field alias_fields[] = {
	{SCHEMA_JOINED, "joined", "Joined", "已合并", LATEST, BOOL},
};

/* Account. */

static const struct schema_code alias_kind[] = {
	{"former", "Former name", "曾用名"},
	{"short", "Short name", "简称"},
	{"english", "English name", "英文名"},
	{"typo", "Misspelling", "误写"},
	{"customer_speak", "Colloquial", "俗称"},
};

static const struct schema_part alias_parts[] = {
	{1, "text", "Alias", "别名", TEXT, REQUIRED},
	{2, "kind", "Kind of alias", "别名类别", CODE(alias_kind)},
};

static const struct schema_code uscc_status[] = {
	{"unknown", "Unknown", "未知"},
	{"entered", "Entered", "已录"},
	{"verified", "Verified", "已核"},
};

static const struct schema_code account_kind[] = {
	{"group", "Group", "集团"},
	{"company", "Company", "公司"},
	{"branch", "Branch or factory", "分公司/厂"},
	{"site", "Plant or project site", "工厂/项目点"},
	{"prospect", "Prospect", "潜在"},
};

static const struct schema_code account_role[] = {
	{"customer", "Customer", "客户"},
	{"prospect", "Prospect", "潜在"},
	{"partner", "Partner", "伙伴"},
	{"distributor", "Distributor", "经销商"},
	{"supplier", "Supplier", "供应商"},
	{"rival", "Rival", "竞争对手"},
};

static const struct schema_code industry[] = {
	{"auto_parts", "Auto parts", "汽配"},
	{"equipment", "Equipment", "设备"},
	{"industrial_goods", "Industrial goods", "工业品"},
	{"feed", "Feed", "饲料"},
	{"raw_materials", "Raw materials", "原材料"},
	{"building_materials", "Building materials", "建材"},
	{"elevator_parts", "Elevator parts", "电梯部件"},
	{"media", "Media", "传媒"},
	{"real_estate", "Real estate", "房地产"},
	{"phone_oem", "Mobile phone maker", "手机厂商"},
	{"other", "Other", "其他"},
};

static const struct schema_code ownership[] = {
	{"soe", "State-owned", "国有"},
	{"private", "Privately owned", "民营"},
	{"foreign", "Foreign-owned", "外资"},
	{"jv", "Joint venture", "合资"},
	{"listed", "Listed", "上市"},
};

/* GB/T 2260, provinces. */
static const struct schema_code region[] = {
	{"110000", "Beijing", "北京市"},
	{"120000", "Tianjin", "天津市"},
	{"130000", "Hebei", "河北省"},
	{"140000", "Shanxi", "山西省"},
	{"150000", "Inner Mongolia", "内蒙古自治区"},
	{"210000", "Liaoning", "辽宁省"},
	{"220000", "Jilin", "吉林省"},
	{"230000", "Heilongjiang", "黑龙江省"},
	{"310000", "Shanghai", "上海市"},
	{"320000", "Jiangsu", "江苏省"},
	{"330000", "Zhejiang", "浙江省"},
	{"340000", "Anhui", "安徽省"},
	{"350000", "Fujian", "福建省"},
	{"360000", "Jiangxi", "江西省"},
	{"370000", "Shandong", "山东省"},
	{"410000", "Henan", "河南省"},
	{"420000", "Hubei", "湖北省"},
	{"430000", "Hunan", "湖南省"},
	{"440000", "Guangdong", "广东省"},
	{"450000", "Guangxi", "广西壮族自治区"},
	{"460000", "Hainan", "海南省"},
	{"500000", "Chongqing", "重庆市"},
	{"510000", "Sichuan", "四川省"},
	{"520000", "Guizhou", "贵州省"},
	{"530000", "Yunnan", "云南省"},
	{"540000", "Tibet", "西藏自治区"},
	{"610000", "Shaanxi", "陕西省"},
	{"620000", "Gansu", "甘肃省"},
	{"630000", "Qinghai", "青海省"},
	{"640000", "Ningxia", "宁夏回族自治区"},
	{"650000", "Xinjiang", "新疆维吾尔自治区"},
	{"710000", "Taiwan", "台湾省"},
	{"810000", "Hong Kong", "香港特别行政区"},
	{"820000", "Macao", "澳门特别行政区"},
};

static const struct schema_code address_kind[] = {
	{"office", "Office", "办公"},
	{"plant", "Plant", "工厂"},
	{"delivery", "Delivery", "收货"},
	{"invoice", "Invoice", "开票"},
};

static const struct schema_part address_parts[] = {
	{1, "text", "Address", "地址", TEXT, REQUIRED},
	{2, "kind", "Kind of address", "地址类别", CODE(address_kind)},
	{3, "lat_e6", "Latitude, millionths", "纬度（百万分之一度）", INT},
	{4, "lon_e6", "Longitude, millionths", "经度（百万分之一度）", INT},
};

static const struct schema_part revenue_parts[] = {
	{1, "amount", "Amount", "金额", AMOUNT, REQUIRED},
	{2, "currency", "Currency", "币种", CURRENCY},
	{3, "as_of", "As of", "截至日期", DATE},
};

static const struct schema_part spend_parts[] = {
	{1, "amount", "Amount a year", "年采购额", AMOUNT, REQUIRED},
	{2, "currency", "Currency", "币种", CURRENCY},
	{3, "as_of", "As of", "截至日期", DATE},
	{4, "source", "Source", "来源", TEXT},
};

static const struct schema_code account_status[] = {
	{"prospect", "Prospect", "潜在"},
	{"active", "Active", "合作中"},
	{"dormant", "Dormant", "沉睡"},
	{"churn_risk", "At risk", "预警"},
	{"lost", "Lost", "流失"},
	{"winback", "Being won back", "挽回"},
	{"closed", "Closed down", "注销"},
};

static const struct schema_code tier[] = {
	{"strategic", "Strategic", "战略"},
	{"key", "Key", "重点"},
	{"major", "Major", "主要"},
	{"general", "General", "一般"},
	{"none", "Not rated", "未评"},
};

static const struct schema_code key_type[] = {
	{"industry", "Industry", "行业"},
	{"regional", "Regional", "区域"},
	{"potential", "Potential", "潜力"},
};

static const struct schema_code program_phase[] = {
	{"evaluate", "Evaluation", "评估"},
	{"cultivate", "Cultivation", "栽培"},
	{"coach", "Coaching", "辅导"},
};

static const struct schema_code market_position[] = {
	{"leading", "Leading", "领先"},
	{"medium", "Medium", "中等"},
	{"small", "Small", "一般"},
	{"unknown", "Unknown", "未知"},
};

static const struct schema_code buying_orientation[] = {
	{"transactional", "Transactional", "交易型"},
	{"strategic", "Strategic", "战略型"},
	{"unknown", "Unknown", "未知"},
};

static const struct schema_code purchase_policy[] = {
	{"central", "Central", "集中采购"},
	{"local", "Local", "分散"},
	{"tender", "By tender", "招标"},
	{"mixed", "Mixed", "混合"},
};

static const struct schema_code supplier_cert[] = {
	{"none", "None", "无"},
	{"applying", "Applied for", "申请中"},
	{"approved", "Approved", "已认证"},
	{"expired", "Expired", "已过期"},
};

static const struct schema_code price_sensitivity[] = {
	{"low", "Low", "低"},
	{"mid", "Middle", "中"},
	{"high", "High", "高"},
};

static const struct schema_code credit_rating[] = {
	{"A", "Grade A", "A级"},
	{"B", "Grade B", "B级"},
	{"C", "Grade C", "C级"},
	{"D", "Grade D", "D级"},
};

static const struct schema_code account_source[] = {
	{"referral", "Referral", "转介绍"},
	{"event", "Event", "活动"},
	{"cold", "Cold call", "陌生拜访"},
	{"tender", "Tender", "招标"},
	{"inherited", "Inherited", "接手"},
	{"import", "Import", "导入"},
	{"web", "Web", "网络"},
};

static const struct schema_field account_fields[] = {
	{ARCHIVED},
	{MOVED},
	{5, "legal_name", "Legal name", "企业全称", ASK, TEXT},
	{6, "status", "Status", "客户状态", SENIOR, CODE(account_status)},
	{7, "credit_limit", "Credit limit", "信用额度", SENIOR, MONEY},
	{9, "short_name", "Short name", "简称", LATEST, TEXT},
	{10, "tier", "Tier", "客户等级", SENIOR, CODE(tier)},
	{11, "credit_days", "Credit days", "账期（天）", SENIOR, INT},
	{13, "aliases", "Aliases", "别名", SET, TUPLE(alias_parts)},
	{14, "is_reference", "Reference customer", "样板客户", SENIOR, BOOL},
	{15, "credit_rating", "Credit rating", "信用等级", SENIOR,
		CODE(credit_rating)},
	{17, "uscc", "Unified social credit code", "统一社会信用代码", ASK,
		TEXT},
	{18, "reference_note", "Reference permission", "样板客户授权说明",
		SENIOR, PROSE},
	{21, "uscc_status", "Credit code status", "信用代码状态", HIGHEST,
		CODE(uscc_status)},
	{25, "kind", "Kind", "单位类别", LATEST, CODE(account_kind)},
	{29, "parent_id", "Parent account", "上级单位", ASK, REF(TYPE_ACCOUNT),
		PARENT},
	{33, "role_set", "Roles", "角色", SET, CODE(account_role)},
	{37, "industry", "Industry", "行业", LATEST, OPEN(industry)},
	{41, "ownership", "Ownership", "所有制", SET, CODE(ownership)},
	{45, "region_code", "Region", "行政区划", LATEST, OPEN(region)},
	{49, "addresses", "Addresses", "地址", SET, TUPLE(address_parts)},
	{53, "phones", "Phones", "电话", SET, TEXT},
	{57, "emails", "E-mail addresses", "电子邮箱", SET, TEXT},
	{61, "website", "Websites", "网站", SET, TEXT},
	{65, "employees", "Employees", "员工人数", LATEST, INT},
	{69, "annual_revenue", "Annual revenue", "年营业额", LATEST,
		TUPLE(revenue_parts)},
	{73, "key_type", "Key customer type", "大客户类型", SET,
		CODE(key_type)},
	{77, "program_phase", "Programme phase", "项目阶段", LATEST,
		CODE(program_phase)},
	{81, "position", "Industry position", "行业地位", LATEST,
		CODE(market_position)},
	{85, "buying_orientation", "Buying orientation", "购买导向", LATEST,
		CODE(buying_orientation)},
	{89, "purchase_policy", "Purchasing policy", "采购政策", LATEST,
		CODE(purchase_policy)},
	{93, "supplier_cert", "Supplier certification", "供应商认证", LATEST,
		CODE(supplier_cert)},
	{97, "category_spend", "Category spend a year", "年采购额（品类）", ASK,
		TUPLE(spend_parts)},
	{101, "price_sensitivity", "Price sensitivity", "价格敏感度", LATEST,
		CODE(price_sensitivity)},
	{105, "owner_id", "Owner", "责任人", SENIOR, REF(TYPE_USER)},
	{109, "first_contact_on", "First contact on", "首次接触日期", LATEST,
		DATE},
	{113, "next_review_on", "Next review on", "下次评审日期", LATEST, DATE},
	{117, "source", "Source", "来源", ONCE, CODE(account_source)},
	{121, "external_ids", "External ids", "外部编号", SET, TEXT},
};

/* Contact and position. */

static const struct schema_code salutation[] = {
	{"mr", "Mr", "先生"},
	{"ms", "Ms", "女士"},
	{"dr", "Dr", "博士"},
	{"prof", "Professor", "教授"},
	{"engineer", "Engineer", "工程师"},
	{"teacher", "Teacher", "老师"},
	{"zong", "Director (zong)", "总"},
};

static const struct schema_code gender[] = {
	{"male", "Male", "男"},
	{"female", "Female", "女"},
	{"other", "Other", "其他"},
	{"unknown", "Unknown", "未知"},
};

static const struct schema_code channel_label[] = {
	{"work", "Work", "工作"},
	{"direct", "Direct line", "直线"},
	{"reception", "Reception", "总机"},
	{"assistant", "Assistant", "助理"},
	{"private", "Private", "私人"},
	{"other", "Other", "其他"},
};

/* A number or address by which a person is reached. */
static const struct schema_part channel_parts[] = {
	{1, "value", "Number or address", "号码或地址", TEXT, REQUIRED},
	{2, "label", "Label", "标签", OPEN(channel_label)},
};

static const struct schema_code preferred_channel[] = {
	{"phone", "Phone", "电话"},
	{"wechat", "WeChat", "微信"},
	{"visit", "Visit", "拜访"},
	{"email", "E-mail", "邮件"},
	{"meeting", "Meeting", "会议"},
};

static const struct schema_part need_parts[] = {
	{1, "first", "First need", "第一需求", TEXT, REQUIRED},
	{2, "second", "Second need", "第二需求", TEXT},
	{3, "third", "Third need", "第三需求", TEXT},
};

static const struct schema_code consent[] = {
	{"business_card", "Business card", "名片"},
	{"explicit", "Explicit consent", "同意"},
	{"legit_interest", "Legitimate interest", "合法利益"},
	{"withdrawn", "Withdrawn", "撤回"},
};

static const struct schema_code contact_status[] = {
	{"active", "In post", "在职"},
	{"left", "Left", "离职"},
	{"retired", "Retired", "退休"},
	{"unknown", "Unknown", "未知"},
};

/*
 * Who decides at the customer (DOMAIN B20 to B22). Of a deal it will stand
 * with the deal; this is the person's usual part in what the account buys.
 */
static const struct schema_code key_role[] = {
	{"KDM", "Key decision maker", "关键决策者"},
	{"KI", "Key influencer", "关键影响者"},
	{"KU", "Key user", "关键使用者"},
	{"GATE", "Gatekeeper", "把关者"},
	{"COACH", "Coach", "教练"},
	{"SPONSOR", "Sponsor", "赞助人"},
};

static const struct schema_field contact_fields[] = {
	{ARCHIVED},
	{MOVED},
	{5, "name", "Name", "姓名", ASK, TEXT, REQUIRED},
	{9, "salutation", "Salutation", "称谓", LATEST, CODE(salutation)},
	{13, "gender", "Gender", "性别", LATEST, CODE(gender)},
	{17, "account_id", "Account", "客户", LATEST, REF(TYPE_ACCOUNT),
		PARENT},
	{21, "department", "Department", "部门", LATEST, TEXT},
	{25, "title", "Job title", "职务", LATEST, TEXT},
	{29, "level", "Level", "层级", LATEST, CODE(level)},
	{33, "function", "Function", "职能", LATEST, CODE(function)},
	{37, "phones", "Phones", "电话", SET, TUPLE(channel_parts)},
	{41, "mobiles", "Mobile phones", "手机", SET, TUPLE(channel_parts)},
	{45, "emails", "E-mail addresses", "电子邮箱", SET,
		TUPLE(channel_parts)},
	{49, "wechat", "WeChat", "微信", SET, TUPLE(channel_parts)},
	{53, "primary_phone", "Primary phone", "首选电话", LATEST, TEXT},
	{57, "preferred_channel", "Preferred channel", "喜欢的沟通方式", LATEST,
		CODE(preferred_channel)},
	{61, "desired_interval_days", "Desired contact interval, days",
		"希望接触频率（天）", LATEST, INT},
	{65, "motivation", "Motivation", "做事动机", LATEST, PROSE},
	{69, "top_needs", "Three most urgent needs", "最急切的三项需求", LATEST,
		TUPLE(need_parts)},
	{73, "deepen_idea", "How to deepen the relationship", "如何加深关系",
		LATEST, PROSE},
	{77, "expectations", "Expectations", "期望", LATEST, PROSE},
	/* MM-DD; never the year. */
	{81, "birthday_md", "Birthday (month-day)", "生日（月-日）", LATEST,
		TEXT},
	{85, "consent", "Consent", "个人信息同意", LATEST, CODE(consent)},
	{89, "consent_on", "Consent on", "同意日期", LATEST, DATE},
	{93, "status", "Status", "在职状态", LATEST, CODE(contact_status)},
	{97, "do_not_contact", "Do not contact", "请勿联系", HIGHEST, BOOL},
	{101, "key_role", "Role in decisions", "决策角色", LATEST,
		CODE(key_role)},
};

static const struct schema_field position_fields[] = {
	{ARCHIVED},
	{MOVED},
	{5, "contact_id", "Contact", "联系人", LATEST, REF(TYPE_CONTACT),
		REQUIRED},
	{9, "account_id", "Account", "客户", LATEST, REF(TYPE_ACCOUNT)},
	{13, "department", "Department", "部门", LATEST, TEXT},
	{17, "title", "Job title", "职务", LATEST, TEXT},
	{21, "level", "Level", "层级", LATEST, CODE(level)},
	{25, "function", "Function", "职能", LATEST, CODE(function)},
	{29, "from_on", "From", "任职开始", LATEST, DATE},
	{33, "to_on", "To", "任职结束", LATEST, DATE},
};

/* Visit and visit note. */

static const struct schema_code visit_type[] = {
	{"visit", "Visit", "拜访"},
	{"reception", "Reception at ours", "来访接待"},
	{"meeting", "Meeting", "会议"},
	{"business_review", "Business review", "生意回顾"},
	{"exec_visit", "Executive visit", "高层互访"},
	{"call", "Phone call", "电话"},
	{"video", "Video call", "视频"},
	{"wechat", "WeChat", "微信"},
	{"training", "Customer training", "客户培训"},
	{"service", "After-sales service", "售后"},
	{"dinner", "Business dinner", "宴请"},
	{"event", "Event", "活动"},
};

/* Lowest first: what was reported done wins over a cancellation. */
static const struct schema_code visit_status[] = {
	{"planned", "Planned", "计划"},
	{"cancelled", "Cancelled", "取消"},
	{"done", "Done", "完成"},
};

static const struct schema_code goal_kind[] = {
	{"information", "Information", "了解信息"},
	{"advance", "Advance", "推进"},
	{"commitment", "Commitment", "获取承诺"},
	{"relationship", "Relationship", "维护关系"},
	{"collection", "Collection of payment", "催收货款"},
	{"service", "Service", "服务"},
	{"introduction", "Introduction", "引荐"},
};

static const struct schema_code visit_result[] = {
	{"advanced", "Advanced", "推进"},
	{"continued", "Continued", "持续"},
	{"stalled", "Stalled", "停滞"},
	{"regressed", "Regressed", "后退"},
	{"none", "No result", "无结果"},
};

static const struct schema_part commitment_parts[] = {
	{1, "text", "Commitment", "承诺内容", PROSE, REQUIRED},
	{2, "due_on", "Due on", "承诺日期", DATE},
};

static const struct schema_code place_source[] = {
	{"gps", "Satellite positioning", "卫星定位"},
	{"manual", "Entered by hand", "手工录入"},
	{"none", "Not recorded", "无"},
};

static const struct schema_part place_parts[] = {
	{1, "lat_e6", "Latitude, millionths", "纬度（百万分之一度）", INT},
	{2, "lon_e6", "Longitude, millionths", "经度（百万分之一度）", INT},
	{3, "accuracy_m", "Accuracy, metres", "精度（米）", INT},
	{4, "source", "Source", "来源", CODE(place_source)},
};

static const struct schema_field visit_fields[] = {
	{ARCHIVED},
	{MOVED},
	{5, "account_id", "Account", "客户", LATEST, REF(TYPE_ACCOUNT), PARENT,
		REQUIRED},
	{9, "type", "Type", "拜访类型", LATEST, CODE(visit_type)},
	{13, "status", "Status", "拜访状态", HIGHEST, CODE(visit_status)},
	{17, "planned_start", "Planned start", "计划开始时间", LATEST, TIME},
	{21, "planned_end", "Planned end", "计划结束时间", LATEST, TIME},
	{VISIT_VISITED_ON, "visited_on", "Visited on", "拜访日期", ASK, DATE},
	{29, "started_at", "Started at", "开始时间", ASK, TIME},
	{33, "ended_at", "Ended at", "结束时间", ASK, TIME},
	{37, "our_attendees", "Our attendees", "我方参加人", SET,
		REF(TYPE_USER)},
	{41, "contacts", "Contacts present", "到场联系人", SET,
		REF(TYPE_CONTACT)},
	{45, "contacts_absent", "Contacts absent", "未到场联系人", SET,
		REF(TYPE_CONTACT)},
	{49, "goal", "Goal", "拜访目的", LATEST, PROSE},
	{53, "goal_kind", "Kind of goal", "目的类别", LATEST, CODE(goal_kind)},
	{57, "result", "Result", "结果", LATEST, CODE(visit_result)},
	{61, "customer_commitment", "Customer commitment", "客户承诺", LATEST,
		TUPLE(commitment_parts)},
	{65, "next_contact_by", "Next contact by", "下次联系期限", LATEST,
		DATE},
	{69, "place", "Place", "地点", ONCE, TUPLE(place_parts)},
	{73, "cost", "Cost", "费用", LATEST, MONEY},
};

static const struct schema_code note_kind[] = {
	{"fact", "Fact", "事实"},
	{"quote", "Customer's words", "客户原话"},
	{"impression", "Impression", "判断"},
	{"promise", "Promise", "承诺"},
	{"risk", "Risk", "风险"},
};

static const struct schema_part visit_note_body[] = {
	{1, "visit_id", "Visit", "拜访", REF(TYPE_VISIT), REQUIRED},
	{2, "text", "Text", "内容", PROSE, REQUIRED},
	{3, "kind", "Kind", "类别", CODE(note_kind), REQUIRED},
	{4, "corrects", "Corrects", "更正的记录", REF(TYPE_VISIT_NOTE)},
};

static const struct schema_field visit_note_fields[] = {
	{ARCHIVED},
	{MOVED},
	{5, "body", "Content", "内容", ONCE, TUPLE(visit_note_body), REQUIRED},
};

/*
 * Late changes: the hub writes them down, one record a change or, when it is
 * long, several pieces; a manager decides. Both are made by commands of their
 * own.
 */

static const struct schema_part quarantine_body[] = {
	{QUARANTINE_TERRITORY, "territory_id", "Territory", "区域",
		REF(TYPE_TERRITORY), REQUIRED},
	{QUARANTINE_DEVICE, "device_id", "Device", "设备", REF(TYPE_DEVICE),
		REQUIRED},
	{QUARANTINE_GRANT, "grant_id", "Grant", "授权", REF(TYPE_GRANT),
		REQUIRED},
	{QUARANTINE_SEQ, "seq", "Change", "变更号", INT, REQUIRED},
	{QUARANTINE_PIECE, "piece", "Piece", "分片", INT, REQUIRED},
	{QUARANTINE_PIECES, "pieces", "Pieces", "分片数", INT, REQUIRED},
	{QUARANTINE_CHANGE, "change", "Content", "内容", BYTES, REQUIRED},
};

static const struct schema_field quarantine_fields[] = {
	{ARCHIVED},
	{QUARANTINE_BODY, "body", "Content", "内容", ONCE,
		TUPLE(quarantine_body), REQUIRED},
};

static const struct schema_code quarantine_verdict[] = {
	{"rejected", "Rejected", "不采纳"},
	{"accepted", "Accepted", "采纳"},
};

static const struct schema_part decision_body[] = {
	{DECISION_QUARANTINE, "quarantine_id", "Late change", "迟到的变更",
		REF(TYPE_QUARANTINE), REQUIRED},
	{DECISION_VERDICT, "verdict", "Decision", "决定",
		CODE(quarantine_verdict), REQUIRED},
	{DECISION_REASON, "reason", "Reason", "原因", PROSE},
	{DECISION_DEVICE, "device_id", "Carried over by", "转录设备",
		REF(TYPE_DEVICE)},
	{DECISION_GRANT, "grant_id", "Under grant", "转录授权",
		REF(TYPE_GRANT)},
	{DECISION_SEQ, "seq", "As change", "转录变更号", INT},
};

static const struct schema_field decision_fields[] = {
	{ARCHIVED},
	{DECISION_BODY, "body", "Content", "内容", ONCE, TUPLE(decision_body),
		REQUIRED},
};

static const struct schema_part exported_body[] = {
	{EXPORTED_TYPE, "type", "Records of type", "记录类型", TEXT, REQUIRED},
	{EXPORTED_RECORDS, "records", "How many", "数量", INT, REQUIRED},
	{EXPORTED_FORMAT, "format", "Format", "格式", TEXT},
	{EXPORTED_TERRITORY, "of_territory_id", "Territory", "区域",
		REF(TYPE_TERRITORY)},
};

static const struct schema_field exported_fields[] = {
	{ARCHIVED},
	{EXPORTED_BODY, "body", "Content", "内容", ONCE, TUPLE(exported_body),
		REQUIRED},
};

#define FIELDS(array) .fields = (array), .field_count = COUNT(array)

static const struct schema_type types[] = {
	{TYPE_ALIAS, "alias", "Alias", "合并", FIELDS(alias_fields)},
	{TYPE_COMPANY, "company", "Company", "公司", .directory = true,
		.title = "name", FIELDS(schema_company_fields)},
	{TYPE_USER, "user", "User", "用户", .directory = true, .title = "name",
		.title_else = "login", FIELDS(schema_user_fields)},
	{TYPE_DEVICE, "device", "Device", "设备", .directory = true,
		.title = "name", FIELDS(schema_device_fields)},
	{TYPE_TERRITORY, "territory", "Territory", "区域", .directory = true,
		.title = "name", FIELDS(schema_territory_fields)},
	{TYPE_GRANT, "grant", "Grant", "授权", .directory = true,
		FIELDS(schema_grant_fields)},
	{TYPE_CUTOFF, "cutoff", "Cut-off", "截止点", .directory = true,
		.immutable = true, FIELDS(schema_cutoff_fields)},
	{TYPE_HUB_ADDRESS, "hub_address", "Hub address", "总部地址",
		.directory = true, .title = "url",
		FIELDS(schema_hub_address_fields)},
	{TYPE_ENDING, "ending", "Ending", "终止", .directory = true,
		FIELDS(schema_ending_fields)},
	{TYPE_ERASURE, "erasure", "Erasure", "擦除", .directory = true,
		.immutable = true, FIELDS(schema_erasure_fields)},
	{TYPE_REPLACEMENT, "replacement", "Replacement", "替换段",
		.directory = true, FIELDS(schema_replacement_fields)},
	{TYPE_ACCOUNT, "account", "Account", "客户", .title = "legal_name",
		.title_else = "short_name", .named = true,
		FIELDS(account_fields)},
	{TYPE_CONTACT, "contact", "Contact", "联系人", .title = "name",
		FIELDS(contact_fields)},
	{TYPE_POSITION, "position", "Position", "任职", .title = "title",
		.title_else = "department", FIELDS(position_fields)},
	{TYPE_VISIT, "visit", "Visit", "拜访", .title = "goal",
		.title_else = "visited_on", FIELDS(visit_fields)},
	{TYPE_VISIT_NOTE, "visit_note", "Visit note", "拜访记录",
		.immutable = true, FIELDS(visit_note_fields)},
	{TYPE_RELATIONSHIP_RATING, "relationship_rating", "Relationship rating",
		"关系评级", .immutable = true, FIELDS(schema_rating_fields)},
	{TYPE_CONTACT_OWNER, "contact_owner", "Contact held by", "联系人负责人",
		FIELDS(schema_contact_owner_fields)},
	{TYPE_CONTACT_LINK, "contact_link", "Contact link", "决策链关系",
		FIELDS(schema_contact_link_fields)},
	{TYPE_ACCOUNT_MEMBER, "account_member", "Account team member",
		"客户团队成员", .immutable = true,
		FIELDS(schema_account_member_fields)},
	{TYPE_ACCOUNT_ASSIGNMENT, "account_assignment", "Account assignment",
		"客户指派", .immutable = true,
		FIELDS(schema_account_assignment_fields)},
	{TYPE_ACTION, "action", "Action", "行动", .title = "title",
		FIELDS(schema_action_fields)},
	{TYPE_INTEL, "intel", "Intelligence", "情报", .immutable = true,
		FIELDS(schema_intel_fields)},
	{TYPE_HANDOVER, "handover", "Handover", "移交",
		FIELDS(schema_handover_fields)},
	{TYPE_QUARANTINE, "quarantine", "Late change", "迟到的变更",
		.immutable = true, .made = true, FIELDS(quarantine_fields)},
	{TYPE_QUARANTINE_DECISION, "quarantine_decision",
		"Decision on a late change", "迟到变更的决定",
		.immutable = true, .made = true, FIELDS(decision_fields)},
	{TYPE_EXPORTED, "exported", "Export", "导出", .immutable = true,
		.made = true, FIELDS(exported_fields)},
};

const struct schema *
schema_roadbook(void)
{
	static const struct schema roadbook = {types, COUNT(types)};

	return &roadbook;
}
