"""The organisations of the season. All are fictional: marked so in their names, on reserved domains.

The unified social credit codes carry correct check digits (GB 32100, and GB 11714 for the inner organisation
code) but the division 990000, which GB/T 2260 never assigned, so that none can belong to anybody.
"""

from __future__ import annotations

from jiebang.demo.model import Organisation, OrgKind, Text


def _cn(kind: OrgKind, key: str, uscc: str, zh: str, en: str, brand: str) -> Organisation:
    return Organisation(key, kind, Text(f"{zh}（演示）", f"{en} (demo)"), brand, uscc=uscc)


def _abroad(key: str, country: str, registry: str, registry_id: str, zh: str, en: str, brand: str) -> Organisation:
    name = Text(f"{zh}（演示）", f"{en} (demo)")
    return Organisation(key, "team", name, brand, registry=registry, registry_id=registry_id, country=country)


AGENCY = "donghai"
FUNDER = "donghaifund"

ORGANISATIONS: tuple[Organisation, ...] = (
    _cn(
        "agency",
        "donghai",
        "11990000MADEM0011U",
        "东海市未来产业促进局",
        "Donghai Future Industries Bureau",
        "东海市未来产业",
    ),
    _cn(
        "funder",
        "donghaifund",
        "12990000MADEM002XG",
        "东海市科技发展资金管理中心",
        "Donghai Science and Technology Fund Centre",
        "科技发展资金管理",
    ),
    _cn(
        "end_user",
        "shuofeng",
        "91990000MADEM0038B",
        "朔风微电网运营有限公司",
        "Shuofeng Microgrid Operations",
        "朔风",
    ),
    _cn(
        "end_user",
        "bailian",
        "91990000MADEM00466",
        "百炼精密装配有限公司",
        "Bailian Precision Assembly",
        "百炼",
    ),
    _cn(
        "end_user",
        "shenlan",
        "12990000MADEM00546",
        "深蓝海底观测网运行中心",
        "Shenlan Seabed Observatory Centre",
        "深蓝",
    ),
    _cn("team", "hengchuan", "91990000MADEM0062U", "衡川储能科技有限公司", "Hengchuan Energy Storage", "衡川"),
    _cn("team", "yunxiu", "12990000MADEM0070U", "云岫大学", "Yunxiu University", "云岫"),
    _cn("team", "jiye", "91990000MADEM0089K", "霁野新能源有限公司", "Jiye New Energy", "霁野"),
    _cn(
        "team",
        "cangling",
        "12990000MADEM0097K",
        "沧岭电化学研究院",
        "Cangling Institute of Electrochemistry",
        "沧岭",
    ),
    _abroad(
        "beispiel",
        "DE",
        "Handelsregister Musterstadt",
        "HRB-DEMO-0001",
        "拜施皮尔储能有限公司",
        "Beispiel Speicher GmbH",
        "拜施皮尔",
    ),
    _cn(
        "team",
        "qixia",
        "91990000MADEM0118Y",
        "栖霞山电池材料有限公司",
        "Qixiashan Battery Materials",
        "栖霞山",
    ),
    _cn(
        "team",
        "zhulong",
        "91990000MADEM0126R",
        "烛龙固态电池有限公司",
        "Zhulong Solid-State Batteries",
        "烛龙",
    ),
    _cn("team", "wangshu", "12990000MADEM0134R", "望舒大学", "Wangshu University", "望舒"),
    _cn("team", "kunyu", "91990000MADEM0142F", "昆玉机器人有限公司", "Kunyu Robotics", "昆玉"),
    _cn("team", "fuyao", "12990000MADEM0150F", "扶摇理工大学", "Fuyao University of Technology", "扶摇"),
    _cn(
        "team",
        "lubanchi",
        "91990000MADEM01697",
        "鲁班尺精密传动有限公司",
        "Lubanchi Precision Drives",
        "鲁班尺",
    ),
    _cn("team", "baize", "91990000MADEM01772", "白泽运动控制有限公司", "Baize Motion Control", "白泽"),
    _cn("team", "zhujie", "91990000MADEM0185W", "竹节动力科技有限公司", "Zhujie Dynamics", "竹节"),
    _abroad(
        "voorbeeld",
        "NL",
        "Kamer van Koophandel",
        "KVK-DEMO-0002",
        "福尔贝尔德机器人公司",
        "Voorbeeld Robotica B.V.",
        "福尔贝尔德",
    ),
    _abroad("mihon", "JP", "法人番号", "JP-DEMO-0003", "见本精机株式会社", "Mihon Seiki K.K.", "见本"),
    _cn("team", "qingluan", "91990000MADEM02148", "青鸾自动化有限公司", "Qingluan Automation", "青鸾"),
    _cn("team", "xuanming", "91990000MADEM02223", "玄溟海洋装备有限公司", "Xuanming Ocean Equipment", "玄溟"),
    _cn("team", "canglang", "12990000MADEM02303", "沧浪海洋大学", "Canglang Ocean University", "沧浪"),
    _cn("team", "kunyou", "91990000MADEM0249T", "鲲游深潜技术有限公司", "Kunyou Deep Diving", "鲲游"),
    _cn("team", "xishi", "12990000MADEM0257T", "汐石海洋研究所", "Xishi Institute of Oceanography", "汐石"),
    _cn("team", "guixu", "91990000MADEM0265G", "归墟海洋科技有限公司", "Guixu Ocean Technology", "归墟"),
    _cn("team", "nanming", "91990000MADEM0273B", "南冥水下电子有限公司", "Nanming Subsea Electronics", "南冥"),
    _abroad("sample", "SG", "ACRA", "UEN-DEMO-0004", "桑普尔海洋工程公司", "Sample Subsea Pte. Ltd.", "桑普尔"),
    _cn("team", "penghu", "91990000MADEM029XX", "蓬壶船舶工程有限公司", "Penghu Marine Engineering", "蓬壶"),
    _cn("expert", "mingyi", "12990000MADEM0302U", "明夷大学", "Mingyi University", "明夷"),
    _cn(
        "expert",
        "changgeng",
        "12990000MADEM0310N",
        "长庚技术研究院",
        "Changgeng Institute of Technology",
        "长庚",
    ),
    _cn("expert", "beichen", "12990000MADEM0329K", "北辰检测中心", "Beichen Test Centre", "北辰"),
    _cn("expert", "shaoyang", "91990000MADEM03379", "少阳工业集团有限公司", "Shaoyang Industries", "少阳"),
    _cn("expert", "taibai", "91990000MADEM03454", "太白装备集团有限公司", "Taibai Equipment Group", "太白"),
    _cn(
        "expert",
        "shenshang",
        "52990000MADEM03530",
        "参商产业促进会",
        "Shenshang Industry Association",
        "参商",
    ),
    _cn("expert", "tianshi", "91990000MADEM0361R", "天市创业投资有限公司", "Tianshi Ventures", "天市"),
    _cn("expert", "ziwei", "91990000MADEM037XH", "紫微会计师事务所", "Ziwei Accountants", "紫微"),
    _cn("expert", "wenchang", "91990000MADEM0388H", "文昌科技银行", "Wenchang Technology Bank", "文昌"),
    _cn("expert", "hegu", "91990000MADEM0396C", "河鼓融资担保有限公司", "Hegu Guarantee", "河鼓"),
)
