"""Topic 3 of the season and its four bids: a docking station that lets underwater robots stay on the seabed."""

# ruff: noqa: E501 (prose: the length of a sentence is not the length of a thought in code)

from __future__ import annotations

from jiebang.demo.model import Bid, Criterion, Evidence, Indicator, Milestone, Text, TopicContent

TOPIC = TopicContent(
    key="seabed-dock",
    track="deep_sea",
    authoritative="zh",
    title=Text(
        zh="深海驻留型水下机器人海底坞站",
        en="Seabed docking station for resident underwater robots",
    ),
    problem=Text(
        zh="""海底观测网节点的巡检与取样目前依靠母船布放水下机器人完成。一次4500米级作业需占用母船五至七日，\
其中真正用于观测的时间不足三成；遇台风季，节点故障往往数周后才能处置，观测数据出现长时间空缺。

若让水下机器人长期驻留海底，由观测网供电、通信，即可随时巡检。难点集中在坞站：一是近底海流方向多变，机器人回坞的姿态误差大，对接成功率不稳定；\
二是插拔式接点在高压海水中易腐蚀失效，非接触传能又存在间隙变化引起的效率下降；三是长期驻留带来的生物附着与沉积物掩埋，会使对接机构卡滞。

本榜题要求揭榜方研制适配直径300～550毫米回转体机器人的海底坞站，具备自动对接、非接触充电与高速数据回传能力，\
先完成压力舱与海上试验，再在最终用户的观测网节点连续驻留运行。""",
        en="""Nodes of the seabed observatory are inspected and sampled today by robots launched from a ship. One job at 4,500 m \
takes the ship for five to seven days, of which less than three tenths are spent observing; in the typhoon season a failed node \
waits for weeks and the data show long gaps.

A robot that stays on the seabed, powered and connected by the observatory, could inspect at any time. The dock is the hard part: \
currents near the bottom turn often, so homing attitude errors are large and docking is unreliable; plugged contacts corrode \
under pressure while contactless transfer loses efficiency as the gap varies; and over months fouling and sediment jam the \
mechanism.

The taker shall develop a dock for torpedo-shaped robots of 300–550 mm diameter with automatic docking, contactless charging and \
fast data return, prove it in the pressure chamber and at sea, and then keep it in service at a node of the observatory.""",
    ),
    baseline=Text(
        zh="国内外公开试验：工作水深2000～3000米，对接成功率80%～90%，传能效率70%～80%，驻留时间不超过30日。",
        en="Published trials: 2,000–3,000 m, 80–90 % docking success, 70–80 % transfer efficiency, at most 30 days of residence.",
    ),
    gap=Text(
        zh="4500米级深水、变向海流与长期驻留三项要求尚无同时验证的先例，坞站与观测网之间缺少通用接口。",
        en="Depth of 4,500 m, turning currents and long residence have never been shown together, and no common interface exists "
        "between dock and observatory.",
    ),
    indicators=(
        Indicator(
            code="depth",
            name=Text(zh="最大工作水深", en="Greatest working depth"),
            unit="m",
            comparator=">=",
            threshold="4500",
            method=Text(
                zh="压力舱内以1.25倍工作压力保压24小时，功能检查正常后，由海上试验复核。",
                en="Held for 24 h at 1.25 times working pressure, functions checked, then confirmed at sea.",
            ),
        ),
        Indicator(
            code="docking_success",
            name=Text(zh="对接成功率", en="Docking success rate"),
            unit="%",
            comparator=">=",
            threshold="95",
            method=Text(
                zh="横向流速0.3 m/s以内，连续对接不少于100次，每次允许自主重试一次。",
                en="At least 100 consecutive dockings in cross-currents up to 0.3 m/s, one autonomous retry each.",
            ),
        ),
        Indicator(
            code="transfer_efficiency",
            name=Text(zh="非接触传能效率", en="Contactless transfer efficiency"),
            unit="%",
            comparator=">=",
            threshold="85",
            method=Text(
                zh="输出功率1 kW，海水介质，直流输入到直流输出；间隙在全部允许范围内取最小值。",
                en="DC to DC at 1 kW in sea water; the lowest value over the permitted range of gaps.",
            ),
        ),
        Indicator(
            code="residence",
            name=Text(zh="连续驻留时间", en="Continuous residence"),
            unit="d",
            comparator=">=",
            threshold="90",
            method=Text(
                zh="在观测网节点连续运行，每日至少完成一次出坞与回坞；本阶段可由实海况数据驱动的等效试验支撑。",
                en="Continuous service with at least one sortie a day; earlier stages may rely on an equivalent trial driven by "
                "sea data.",
            ),
        ),
        Indicator(
            code="leaks",
            name=Text(zh="密封失效次数", en="Seal failures"),
            unit="次",
            comparator="==",
            threshold="0",
            method=Text(
                zh="全部压力循环与海上试验期间，以舱内漏水传感器报警与解体检查的合计次数计。",
                en="Leak alarms plus findings on disassembly over all pressure cycles and sea trials.",
            ),
        ),
    ),
    currency="CNY",
    purse_minor=1_500_000_000,
    award_count=1,
    criteria=(
        Criterion(
            "technical",
            Text(zh="技术先进性与指标响应", en="Technical merit and response to the indicators"),
            30,
        ),
        Criterion("feasibility", Text(zh="技术路线可行性", en="Feasibility of the approach"), 30),
        Criterion(
            "application",
            Text(zh="场景适用与产业化前景", en="Fit to the scenario and industrial prospects"),
            15,
        ),
        Criterion("plan", Text(zh="组织实施与风险控制", en="Implementation and control of risk"), 15),
        Criterion("economy", Text(zh="经费合理性", en="Soundness of the budget"), 10),
    ),
    milestones=(
        Milestone(
            code="m1",
            title=Text(zh="原理样机通过水池与压力舱试验", en="Prototype passes tank and pressure chamber"),
            months=3,
            tranche_minor=450_000_000,
            evidence=Text(
                zh="水池对接试验报告、压力舱试验报告、原始数据及其哈希值。",
                en="Reports of the tank and pressure trials, raw data with hashes.",
            ),
        ),
        Milestone(
            code="m2",
            title=Text(zh="海上试验", en="Sea trial"),
            months=12,
            tranche_minor=600_000_000,
            evidence=Text(
                zh="海试大纲、海试报告与航次记录。",
                en="Sea-trial plan, report and cruise log.",
            ),
        ),
        Milestone(
            code="m3",
            title=Text(zh="观测网节点驻留运行", en="Residence at a node of the observatory"),
            months=24,
            tranche_minor=450_000_000,
            evidence=Text(
                zh="驻留运行日志、最终用户意见、专项审计报告。",
                en="Log of the residence, the end user's opinion, special audit report.",
            ),
        ),
    ),
    acceptance=Text(
        zh="指标经第三方检测与海试专家组确认；在观测网节点连续驻留不少于90日；最终用户出具应用意见后组织验收。",
        en="Indicators confirmed by an independent laboratory and the sea-trial group; 90 days of residence at a node; the end "
        "user's opinion; then acceptance.",
    ),
    ip_terms=Text(
        zh="知识产权归揭榜方所有；坞站与观测网的机械、供电、通信接口规范由揭榜方与最终用户共有，并以团体标准形式公开。",
        en="Intellectual property belongs to the taker; the interface specification between dock and observatory is owned jointly "
        "with the end user and published as a group standard.",
    ),
    end_user="shenlan",
)

BIDS = (
    Bid(
        team="d1",
        title=Text(zh="可转向导引罩式坞站", en="Dock with a steerable funnel"),
        approach=(
            "坞站上部设置可随流转向的锥形导引罩，以声学测流仪实时测量近底流向，机器人始终迎流入坞，横向偏差减小一半以上。",
            "末段采用灯阵视觉导引，导引距离15米；对接后由三组卡爪锁紧，线圈间隙由锁紧机构保证。",
            "非接触传能采用磁耦合谐振方式，频率随间隙自动调谐。",
        ),
        work_plan=("第1至3个月完成原理样机；第4至12个月完成工程样机与海试；第13至24个月驻留运行。",),
        risk=("转向机构增加了运动密封，拟采用充油压力补偿，并保留锁定在固定方位的降级模式。",),
        budget=("设备费28%，海试费32%，材料费18%，人员费16%，其他费用6%。",),
        promised={
            "depth": "4500",
            "docking_success": "96",
            "transfer_efficiency": "86",
            "residence": "90",
            "leaks": "0",
        },
        merit=78,
    ),
    Bid(
        team="d2",
        title=Text(zh="立杆捕获与电场耦合坞站", en="Pole-capture dock with capacitive coupling"),
        approach=(
            "采用竖直立杆与机器人头部捕获叉配合，任意方位均可入坞，对来流方向不敏感，机构简单。",
            "传能采用电场耦合方式，极板以陶瓷涂层绝缘，不受金属壳体涡流影响。",
            "数据回传采用蓝绿光近场通信，机器人入坞后自动对准，无需精确的机械定位。",
        ),
        work_plan=("第1至4个月完成原理样机；第5至13个月完成工程样机与海试；第14至24个月驻留运行。",),
        risk=("海水介电损耗使电场耦合效率随盐度变化，拟在极板间设置排水气囊，减少海水层厚度。",),
        budget=("设备费33%，海试费30%，材料费16%，人员费15%，其他费用6%。",),
        promised={
            "depth": "4500",
            "docking_success": "95",
            "transfer_efficiency": "85",
            "residence": "90",
            "leaks": "0",
        },
        merit=67,
    ),
    Bid(
        team="d3",
        title=Text(zh="平台降落式开放坞站", en="Open dock with a landing platform"),
        approach=(
            "取消封闭导引罩，采用开放式降落平台：机器人在平台上方完成定点悬停后下落，V形槽使横向偏差自动归中，沉积物可从格栅漏下，不会掩埋机构。",
            "定位采用超短基线、光学信标与平台磁标三级接力，200米、20米、2米逐级交接，任一级失效时仍可由相邻两级完成回坞。",
            "传能线圈采用双层正交绕组，间隙在5至25毫米内变化时效率波动不超过3%；水池中1 kW实测效率90%。线圈以聚醚醚酮整体灌注，无外露金属接点。",
            "平台活动件只有锁紧臂一处，可由遥控潜水器在海底整体更换；表面采用电解防附着与定期振动相结合的办法，半年挂板试验附着面积小于2%。",
        ),
        work_plan=(
            "第1个月完成接口规范与最终用户确认；第2至3个月完成水池对接100次与压力舱试验；第4至12个月完成工程样机，安排两个海试航次；第13至24个月驻留运行并编制团体标准。",
            "两个海试航次分别安排在上半年与下半年，前一航次为后一航次留出不少于四个月的整改时间。",
        ),
        risk=(
            "下落阶段受近底紊流影响，姿态可能瞬间超限。控制器设有复飞判据，允许自主复飞一次；统计表明复飞后累计成功率可达98%。",
            "海试船期存在不确定性，已与两家船舶单位分别达成备选意向。",
        ),
        budget=("海试费36%，设备费22%，材料费18%，人员费18%，其他费用6%；海试费按两个航次、每航次12日测算。",),
        promised={
            "depth": "4500",
            "docking_success": "98",
            "transfer_efficiency": "88",
            "residence": "180",
            "leaks": "0",
        },
        merit=87,
    ),
    Bid(
        team="d4",
        title=Text(zh="模块化快换坞站", en="Modular dock with quick exchange"),
        approach=(
            "坞站由导引、传能、通信、能源四个独立模块组成，每个模块均可由遥控潜水器单独更换，降低长期运行的维护成本。",
            "导引模块采用成熟的锥形罩结构，末段以声学与光学融合定位；传能模块采用磁感应方式，功率1.2 kW。",
            "模块之间采用湿插拔连接器，连接器选用已有深海应用业绩的型号。",
        ),
        work_plan=("第1至3个月完成模块样机；第4至12个月完成集成与海试；第13至24个月驻留运行。",),
        risk=("湿插拔连接器采购周期较长，拟在合同生效后首月下单，并准备一种国产替代型号。",),
        budget=("设备费35%，海试费28%，材料费17%，人员费14%，其他费用6%。",),
        promised={
            "depth": "5000",
            "docking_success": "95",
            "transfer_efficiency": "85",
            "residence": "120",
            "leaks": "0",
        },
        merit=73,
    ),
)

EVIDENCE = Evidence(
    title=Text(zh="里程碑一：原理样机水池与压力舱试验报告", en="Milestone 1: tank and pressure-chamber report"),
    paragraphs=(
        "本阶段完成原理样机一台，在造流水池完成连续对接120次，其中成功117次，最大横向流速0.3 m/s。",
        "压力舱试验按1.25倍工作压力保压24小时，随后进行10次压力循环，功能检查正常，解体检查未见渗漏。",
        "传能效率在海水介质、输出1 kW条件下测定，取允许间隙范围内的最小值。",
        "驻留时间由加速等效试验支撑：以观测网实测海流序列驱动，等效驻留112日；实海驻留结果将在后续里程碑提交。",
    ),
    measured={
        "depth": "4500",
        "docking_success": "97.5",
        "transfer_efficiency": "87.2",
        "residence": "112",
        "leaks": "0",
    },
)
