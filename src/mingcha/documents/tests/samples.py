"""Made-up fields for every kind of document: district 明水区, company 清和建筑工程有限公司."""

from __future__ import annotations

from typing import Any

ORGAN = "明水区综合行政执法局"
CASE: dict[str, Any] = {"organ_name": ORGAN, "case_no": "明综执立〔2026〕17号", "cause": "涉嫌夜间违规施工产生噪声污染"}
COMPANY: dict[str, Any] = {
    "kind": "organisation",
    "name": "清和建筑工程有限公司",
    "legal_rep": "沈清和",
    "usc_code": "91330108MA2C8XQH3T",
    "address": "明水区云桥街道安澜路88号3幢501室",
    "phone": "0571-5550 1234",
}
OFFICERS = [
    {"name": "周明远", "cert_no": "33010800117", "unit": "执法一大队"},
    {"name": "林思齐", "cert_no": "33010800132", "unit": "执法一大队"},
]
VERIFY = "https://zhifa.mingshui.example/verify/0192f3c4a7b1"
FACT = (
    "2026年3月2日23时15分至次日1时40分，当事人在明水区安澜路与望江路交叉口的“安澜雅苑”二期工地组织混凝土浇筑作业，"
    "未取得夜间施工证明，也未向附近居民公告。经监测，工地南侧敏感点等效声级为61.4分贝，超过夜间排放限值6.4分贝。"
)
EVIDENCE = [
    {"name": "现场笔录", "quantity": "1份3页", "proves": "夜间施工的时间、地点和现场情况；"},
    {"name": "询问笔录（沈清和）", "quantity": "1份5页", "proves": "当事人组织施工并知晓未取得夜间施工证明；"},
    {"name": "噪声监测报告（明环监〔2026〕噪031号）", "quantity": "1份4页", "proves": "排放值超过限值6.4分贝；"},
    {"name": "执法记录仪视频", "quantity": "2段共47分钟", "proves": "现场检查全过程。"},
]
BROKEN = [
    {
        "citation": "《中华人民共和国噪声污染防治法》第四十三条第一款",
        "gist": "该款对噪声敏感建筑物集中区域的夜间施工作出了限制。",
    }
]
BASIS = [
    {
        "citation": "《中华人民共和国噪声污染防治法》第七十七条第二项",
        "gist": "该项规定责令改正，并处一万元以上十万元以下罚款。",
    }
]
PENALTIES = [
    {"kind": "warning", "text": ""},
    {"kind": "fine", "amount": 2_000_000, "text": ""},
]
HANDLING = {
    "handler_opinion": "建议按上述内容办理。",
    "handlers": OFFICERS,
    "handler_at": "2026-04-20",
    "unit_opinion": "同意承办人意见，报局领导审批。",
    "unit_head": "高岳",
    "unit_at": "2026-04-20",
    "head_choice": "agree",
    "head_opinion": "",
    "head": "顾承志",
    "head_at": "2026-04-21",
}

SAMPLES: dict[str, dict[str, Any]] = {
    "penalty-decision": {
        "organ_name": ORGAN,
        "doc_no": "明综执罚〔2026〕12号",
        "decision_date": "2026-04-21",
        "parties": [COMPANY],
        "cause": "夜间违规施工产生噪声污染",
        "case_source": "2026年3月3日，本机关接到群众投诉，反映安澜雅苑二期工地夜间施工扰民。",
        "filing_date": "2026-03-05",
        "procedure": "立案后，本机关两名执法人员出示执法证件，进行了现场检查、询问和证据收集，"
        "并委托监测机构出具监测报告。"
        "本案未采取行政强制措施，未延长办案期限，于2026年3月27日调查终结。",
        "facts": [{"text": FACT}],
        "evidence": EVIDENCE,
        "evidence_opinion": "当事人对上述证据的真实性、合法性和关联性没有异议。",
        "notice_no": "明综执罚告〔2026〕12号",
        "notice_served_on": "2026-04-01",
        "response": "made",
        "points": [
            {
                "claim": "混凝土浇筑必须连续作业，请求减轻处罚。",
                "adopted": "no",
                "reason": "连续作业仍须事先取得证明并公告，当事人两项均未办理。",
            }
        ],
        "hearing": "none",
        "nature": "当事人在噪声敏感建筑物集中区域未取得证明进行夜间施工，排放噪声超过限值，"
        "事实清楚，证据确凿，应当依法处罚。",
        "broken_articles": BROKEN,
        "penalty_articles": BASIS,
        "discretion": {
            "factors": "当事人系首次被查处，案发后停止夜间作业并向居民致歉，超标幅度在十分贝以下。",
            "grade": "较轻",
            "standard": "《明水区噪声污染行政处罚裁量基准（2025年版）》第三项",
            "effect": "lighter",
        },
        "penalties": PENALTIES,
        "correction": "立即停止未取得证明的夜间施工。",
        "payment": {
            "amount": 2_000_000,
            "payee": "明水农村商业银行营业部",
            "payee_address": "明水区安澜路1号",
            "account_name": "明水区财政局罚没专户",
            "account_no": "2010 0008 8123 456",
            "payment_code": "33010826000000012",
            "enforcement": "court",
        },
        "remedies": {
            "kind": "R-STD",
            "recon_organ": "明水区人民政府",
            "recon_address": "明水区行政复议中心（安澜路18号）",
            "lit_court": "明水区人民法院",
        },
        "publicity": "明水区行政执法公示平台",
        "copies": "本决定书一式两份，一份送达当事人，一份归档。",
        "verify_url": VERIFY,
    },
    "penalty-notice": {
        "organ_name": ORGAN,
        "doc_no": "明综执罚告〔2026〕12号",
        "issue_date": "2026-03-31",
        "parties": [COMPANY],
        "cause": "涉嫌夜间违规施工产生噪声污染",
        "facts": [{"text": FACT}],
        "evidence": EVIDENCE,
        "reason": "当事人未取得夜间施工证明，在噪声敏感建筑物集中区域进行夜间施工，排放噪声超过限值。",
        "broken_articles": BROKEN,
        "penalty_articles": BASIS,
        "discretion_basis": "当事人系首次被查处，案发后主动改正，超标幅度在十分贝以下，依照裁量基准属于“较轻”阶次。",
        "penalties": PENALTIES,
        "statement_days": 5,
        "hearing": True,
        "hearing_matter": "拟对当事人处以较大数额罚款",
        "hearing_days": 5,
        "publicity": "明水区行政执法公示平台",
        "contact_person": "周明远、林思齐",
        "contact_phone": "0571-5550 6789",
        "contact_address": "明水区安澜路6号202室",
        "verify_url": VERIFY,
    },
    "service-receipt": {
        "organ_name": ORGAN,
        "doc_no": "明综执罚〔2026〕12号",
        "cause": "夜间违规施工产生噪声污染",
        "documents": [{"name": "行政处罚决定书", "number": "明综执罚〔2026〕12号", "quantity": 1}],
        "addressee": COMPANY["name"],
        "address": COMPANY["address"],
        "mode": "left",
        "attempts": [
            {"at": "2026-04-22T10:05+08:00", "place": "当事人住所", "result": "前台称负责人外出，未能送达。"},
            {"at": "2026-04-23T15:30+08:00", "place": "当事人住所", "result": "负责人拒绝签收，文书留置于其办公室。"},
        ],
        "served_at": "2026-04-23T15:30+08:00",
        "refusal": "负责人认为罚款过重，拒绝签名。",
        "witnesses": [{"name": "方秀兰", "unit": "云桥街道望江社区"}],
        "recording": "LX20260423-02",
        "servers": OFFICERS,
    },
    "review-opinion": {
        "organ_name": ORGAN,
        "doc_no": "明综执法审〔2026〕9号",
        "case_no": CASE["case_no"],
        "cause": CASE["cause"],
        "parties": COMPANY["name"],
        "submitted_by": "执法一大队",
        "submitted_on": "2026-04-13",
        "round": 1,
        "triggers": ["经过听证权利告知的重大处罚", "重大执法决定法制审核目录清单第3项"],
        "draft_digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "checklist": [
            {"item": "执法主体是否合法，执法人员是否具备资格", "met": "yes", "note": "", "page_ref": "立案审批表"},
            {"item": "执法程序是否合法", "met": "yes", "note": "", "page_ref": "现场笔录、告知书"},
            {
                "item": "事实是否清楚，证据是否合法充分",
                "met": "no",
                "note": "监测报告未附监测人员资质证明。",
                "page_ref": "证据清单第3项",
            },
            {
                "item": "适用法律、法规、规章是否准确，裁量基准运用是否适当",
                "met": "yes",
                "note": "",
                "page_ref": "调查终结报告",
            },
            {"item": "是否超越法定权限", "met": "yes", "note": "", "page_ref": "权责清单第211项"},
            {"item": "文书是否完备、规范", "met": "yes", "note": "", "page_ref": "决定书草稿"},
            {"item": "是否涉嫌犯罪需要移送", "met": "na", "note": "", "page_ref": ""},
        ],
        "opinion": "modify",
        "problems": [
            {"problem": "监测报告缺少监测人员的资质证明。", "advice": "补充资质证明复印件，由监测机构核对盖章。"}
        ],
        "text": "事实认定和处罚幅度基本适当，请补正证据后再次送审。",
        "reviewer": "苏文澜",
        "qualification": "法律职业资格A20183301080042",
        "reviewed_on": "2026-04-15",
        "unit_opinion": "同意。",
        "unit_head": "陆知行",
        "unit_at": "2026-04-15",
    },
}
