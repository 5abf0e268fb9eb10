"""The people of the season and the experts among them.

Names are plainly invented: compound surnames with given names from idioms, and the word for "example" abroad.
Some experts are employed by organisations that bid (`guliang.wengu`, `qidiao.qiaosi`, `gongliang.shechuan`,
`yangshe.yingyong`), so that conflicts of interest occur.
"""

from __future__ import annotations

from jiebang.demo.model import Expert, Person, Text

PEOPLE: tuple[Person, ...] = (
    Person("sikong.wenjin", Text("司空问津", "Sikong Wenjin"), "donghai", "drafter"),
    Person("ouyang.chiheng", Text("欧阳持衡", "Ouyang Chiheng"), "donghai", "legal_budget_reviewer"),
    Person("shangguan.dingce", Text("上官定策", "Shangguan Dingce"), "donghai", "approver"),
    Person("murong.zhiwei", Text("慕容知微", "Murong Zhiwei"), "donghai", "screener"),
    Person("zhuge.qifeng", Text("诸葛启封", "Zhuge Qifeng"), "donghai", "opener"),
    Person("linghu.jianzheng", Text("令狐见证", "Linghu Jianzheng"), "donghai", "opening_witness"),
    Person("xiahou.jianming", Text("夏侯鉴明", "Xiahou Jianming"), "donghai", "supervisor"),
    Person("huangfu.qingkuan", Text("皇甫请款", "Huangfu Qingkuan"), "donghaifund", "funding_requester"),
    Person("yuchi.fuhe", Text("尉迟复核", "Yuchi Fuhe"), "donghaifund", "funding_approver"),
    Person("gongsun.yuhan", Text("公孙御寒", "Gongsun Yuhan"), "shuofeng", "end_user"),
    Person("xuanyuan.qiaoshou", Text("轩辕巧手", "Xuanyuan Qiaoshou"), "bailian", "end_user"),
    Person("duanmu.tingchao", Text("端木听潮", "Duanmu Tingchao"), "shenlan", "end_user"),
    Person("dugu.zhuri", Text("独孤逐日", "Dugu Zhuri"), "hengchuan", "lead"),
    Person("nangong.caiwei", Text("南宫采薇", "Nangong Caiwei"), "yunxiu", "member"),
    Person("dongfang.jibai", Text("东方既白", "Dongfang Jibai"), "jiye", "lead"),
    Person("ximen.yingxue", Text("西门映雪", "Ximen Yingxue"), "cangling", "member"),
    Person("ada.beispiel", Text("阿达·拜施皮尔", "Ada Beispiel"), "beispiel", "lead"),
    Person("huyan.tage", Text("呼延踏歌", "Huyan Tage"), "qixia", "member"),
    Person("wenren.bingzhu", Text("闻人秉烛", "Wenren Bingzhu"), "zhulong", "lead"),
    Person("yuwen.wangyue", Text("宇文望月", "Yuwen Wangyue"), "wangshu", "member"),
    Person("zhangsun.zhuoyu", Text("长孙琢玉", "Zhangsun Zhuoyu"), "kunyu", "lead"),
    Person("situ.lingyun", Text("司徒凌云", "Situ Lingyun"), "fuyao", "member"),
    Person("sima.guiju", Text("司马规矩", "Sima Guiju"), "lubanchi", "lead"),
    Person("tantai.yufeng", Text("澹台驭风", "Tantai Yufeng"), "baize", "member"),
    Person("gongye.pozhu", Text("公冶破竹", "Gongye Pozhu"), "zhujie", "lead"),
    Person("jan.voorbeeld", Text("扬·福尔贝尔德", "Jan Voorbeeld"), "voorbeeld", "member"),
    Person("mihon.hanako", Text("见本花子", "Mihon Hanako"), "mihon", "lead"),
    Person("puyang.feiyu", Text("濮阳飞羽", "Puyang Feiyu"), "qingluan", "member"),
    Person("chunyu.tanhai", Text("淳于探海", "Chunyu Tanhai"), "xuanming", "lead"),
    Person("taishu.zhuoying", Text("太叔濯缨", "Taishu Zhuoying"), "canglang", "member"),
    Person("shentu.huakun", Text("申屠化鲲", "Shentu Huakun"), "kunyou", "lead"),
    Person("zhongli.zhenshi", Text("钟离枕石", "Zhongli Zhenshi"), "xishi", "member"),
    Person("baili.guizhou", Text("百里归舟", "Baili Guizhou"), "guixu", "lead"),
    Person("dongguo.nanming", Text("东郭南溟", "Dongguo Nanming"), "nanming", "member"),
    Person("joe.sample", Text("乔·桑普尔", "Joe Sample"), "sample", "lead"),
    Person("weisheng.fanzhou", Text("微生泛舟", "Weisheng Fanzhou"), "penghu", "member"),
    Person("zuoqiu.mingli", Text("左丘明理", "Zuoqiu Mingli"), "mingyi", "expert"),
    Person("liangqiu.zhiyuan", Text("梁丘致远", "Liangqiu Zhiyuan"), "beichen", "expert"),
    Person("guliang.wengu", Text("谷梁温故", "Guliang Wengu"), "yunxiu", "expert"),
    Person("tuoba.jingwei", Text("拓跋精微", "Tuoba Jingwei"), "changgeng", "expert"),
    Person("duangan.zhizhong", Text("段干执中", "Duangan Zhizhong"), "mingyi", "expert"),
    Person("qidiao.qiaosi", Text("漆雕巧思", "Qidiao Qiaosi"), "fuyao", "expert"),
    Person("yuezheng.guanlan", Text("乐正观澜", "Yuezheng Guanlan"), "changgeng", "expert"),
    Person("rangsi.qianyuan", Text("壤驷潜渊", "Rangsi Qianyuan"), "beichen", "expert"),
    Person("gongliang.shechuan", Text("公良涉川", "Gongliang Shechuan"), "canglang", "expert"),
    Person("wuma.bowen", Text("巫马博闻", "Wuma Bowen"), "changgeng", "expert"),
    Person("gongxi.wushi", Text("公西务实", "Gongxi Wushi"), "shaoyang", "expert"),
    Person("zhuansun.liangchan", Text("颛孙量产", "Zhuansun Liangchan"), "taibai", "expert"),
    Person("ziju.tongqu", Text("子车通衢", "Ziju Tongqu"), "shenshang", "expert"),
    Person("qiguan.zhixing", Text("亓官知行", "Qiguan Zhixing"), "shaoyang", "expert"),
    Person("sikou.shicai", Text("司寇识材", "Sikou Shicai"), "taibai", "expert"),
    Person("yangshe.yingyong", Text("羊舌应用", "Yangshe Yingyong"), "kunyu", "expert"),
    Person("nanmen.sisuan", Text("南门司算", "Nanmen Sisuan"), "tianshi", "expert"),
    Person("helian.shenji", Text("赫连审计", "Helian Shenji"), "ziwei", "expert"),
    Person("nalan.chichou", Text("纳兰持筹", "Nalan Chichou"), "wenchang", "expert"),
    Person("wanyan.shouxin", Text("完颜守信", "Wanyan Shouxin"), "hegu", "expert"),
    Person("zaifu.jiran", Text("宰父计然", "Zaifu Jiran"), "ziwei", "expert"),
    Person("diwu.liangru", Text("第五量入", "Diwu Liangru"), "tianshi", "expert"),
)

EXPERTS: tuple[Expert, ...] = (
    Expert(
        "zuoqiu.mingli",
        "technical",
        (0,),
        Text("钠离子电池电极材料", "electrode materials for sodium-ion batteries"),
    ),
    Expert(
        "liangqiu.zhiyuan", "technical", (0,), Text("储能电池安全测试", "safety testing of storage batteries")
    ),
    Expert("guliang.wengu", "technical", (0,), Text("低温电解液", "low-temperature electrolytes")),
    Expert("tuoba.jingwei", "technical", (1,), Text("精密减速传动", "precision reducers")),
    Expert("duangan.zhizhong", "technical", (1,), Text("机器人力控", "force control of robots")),
    Expert("qidiao.qiaosi", "technical", (1,), Text("力矩传感", "torque sensing")),
    Expert(
        "yuezheng.guanlan", "technical", (2,), Text("水下对接与导航", "underwater docking and navigation")
    ),
    Expert(
        "rangsi.qianyuan",
        "technical",
        (2,),
        Text("深海装备耐压试验", "pressure testing of deep-sea equipment"),
    ),
    Expert("gongliang.shechuan", "technical", (2,), Text("水下无线传能", "underwater wireless power")),
    Expert(
        "wuma.bowen",
        "technical",
        (
            0,
            1,
            2,
        ),
        Text("系统工程与可靠性", "systems engineering and reliability"),
    ),
    Expert(
        "gongxi.wushi",
        "industry",
        (
            0,
            1,
            2,
        ),
        Text("储能与电力装备制造", "manufacture of storage and power equipment"),
    ),
    Expert(
        "zhuansun.liangchan",
        "industry",
        (
            0,
            1,
            2,
        ),
        Text("高端装备产线建设", "production lines for advanced equipment"),
    ),
    Expert(
        "ziju.tongqu",
        "industry",
        (
            0,
            1,
            2,
        ),
        Text("产业链协同", "supply-chain cooperation"),
    ),
    Expert(
        "qiguan.zhixing",
        "industry",
        (
            0,
            1,
            2,
        ),
        Text("工程化与质量管理", "engineering and quality"),
    ),
    Expert(
        "sikou.shicai",
        "industry",
        (
            0,
            1,
            2,
        ),
        Text("海洋与能源装备采购", "procurement of marine and energy equipment"),
    ),
    Expert(
        "yangshe.yingyong",
        "industry",
        (
            0,
            1,
            2,
        ),
        Text("机器人系统集成", "robot system integration"),
    ),
    Expert(
        "nanmen.sisuan",
        "finance",
        (
            0,
            1,
            2,
        ),
        Text("硬科技早期投资", "early-stage deep-tech investment"),
    ),
    Expert(
        "helian.shenji",
        "finance",
        (
            0,
            1,
            2,
        ),
        Text("科研经费审计", "audit of research funds"),
    ),
    Expert(
        "nalan.chichou",
        "finance",
        (
            0,
            1,
            2,
        ),
        Text("科技信贷", "technology lending"),
    ),
    Expert(
        "wanyan.shouxin",
        "finance",
        (
            0,
            1,
            2,
        ),
        Text("项目风险评估", "project risk assessment"),
    ),
    Expert(
        "zaifu.jiran",
        "finance",
        (
            0,
            1,
            2,
        ),
        Text("成本核算", "cost accounting"),
    ),
    Expert(
        "diwu.liangru",
        "finance",
        (
            0,
            1,
            2,
        ),
        Text("投后管理", "portfolio management"),
    ),
)
