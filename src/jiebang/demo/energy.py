"""Topic 1 of the season and its four bids: sodium-ion storage for microgrids in cold regions."""

# ruff: noqa: E501 (prose: the length of a sentence is not the length of a thought in code)

from __future__ import annotations

from jiebang.demo.model import Bid, Criterion, Evidence, Indicator, Milestone, Text, TopicContent

TOPIC = TopicContent(
    key="sodium-cold-storage",
    track="energy_storage",
    authoritative="zh",
    title=Text(
        zh="寒区微电网用长寿命钠离子储能电池",
        en="Long-life sodium-ion batteries for microgrids in cold regions",
    ),
    problem=Text(
        zh="""寒区微电网冬季夜间最低气温可达零下三十五摄氏度。现有磷酸铁锂储能柜须先以自身电量加热电芯，方可对外放电；\
以一座500 kWh储能站为例，冬季加热用电约占日放电量的两成，遇连续阴雪天气，加热用电与负荷用电相互争夺，供电可靠性难以保证。

钠离子在电解液中的脱溶剂化能垒低于锂离子，低温下具备直接放电的物理基础，且不依赖锂、钴等紧缺资源。但目前公开样品普遍存在三方面短板：\
一是低温容量高而循环寿命短，界面膜在反复冷热交变中持续增厚；二是硬碳负极首次效率偏低，正极可用钠被不可逆消耗；\
三是大容量电芯的热失控蔓延数据不足，消防设计缺乏依据。

本榜题要求揭榜方研制单体容量不小于100 Ah的钠离子储能电芯及配套模组，在零下三十摄氏度不加热条件下直接投入使用，\
同时兼顾寿命、安全与成本，并在最终用户的微电网现场完成一个完整冬季的并网运行考核。""",
        en="""On winter nights microgrids in cold regions see −35 °C. Today's lithium iron phosphate cabinets must first spend \
their own charge on heating the cells: in a 500 kWh station heating takes about a fifth of the daily discharge, and in long \
spells of snow heating and load compete for the same energy, so supply cannot be guaranteed.

Sodium ions shed their solvent shell more easily than lithium ions, which gives a physical basis for discharge in the cold, and \
they need no scarce lithium or cobalt. Published samples share three weaknesses: good capacity in the cold but a short life, \
because the interface film keeps growing through thermal cycling; low first-cycle efficiency of hard carbon, which consumes \
usable sodium for good; and too little data on the propagation of thermal runaway in large cells to design fire protection.

The taker shall develop a sodium-ion cell of at least 100 Ah and its module that work at −30 °C without heating, balance life, \
safety and cost, and run through one whole winter in the end user's microgrid.""",
    ),
    baseline=Text(
        zh="目前可采购的同类产品：能量密度120～135 Wh/kg，零下三十摄氏度放电容量保持率约70%，循环寿命3000次左右。",
        en="Products on offer today: 120–135 Wh/kg, about 70 % of capacity at −30 °C, some 3,000 cycles.",
    ),
    gap=Text(
        zh="低温性能、循环寿命与成本尚不能由同一款电芯同时满足；百安时级电芯缺少经第三方验证的热失控蔓延数据。",
        en="No single cell yet meets cold performance, life and cost together; cells of 100 Ah lack independently verified data "
        "on the propagation of thermal runaway.",
    ),
    indicators=(
        Indicator(
            code="energy_density",
            name=Text(zh="单体质量能量密度", en="Gravimetric energy density of the cell"),
            unit="Wh/kg",
            comparator=">=",
            threshold="140",
            method=Text(
                zh="25℃下以0.33C充放电，取第三次放电能量与电芯质量之比，抽样5只取最小值。",
                en="At 25 °C and 0.33C, energy of the third discharge over cell mass; the lowest of five samples.",
            ),
        ),
        Indicator(
            code="cold_retention",
            name=Text(zh="零下三十摄氏度放电容量保持率", en="Capacity retention at −30 °C"),
            unit="%",
            comparator=">=",
            threshold="85",
            method=Text(
                zh="常温满充后于-30℃静置16小时，以0.5C放电，与25℃放电容量相比，期间不得外部加热。",
                en="Charged at room temperature, rested 16 h at −30 °C, discharged at 0.5C without heating, against 25 °C.",
            ),
        ),
        Indicator(
            code="cycle_life",
            name=Text(zh="循环寿命（容量保持率80%）", en="Cycle life to 80 % of capacity"),
            unit="次",
            comparator=">=",
            threshold="6000",
            method=Text(
                zh="25℃、0.5C满充满放；实测不少于1500次，其余按经评审认可的衰减模型外推。",
                en="25 °C, 0.5C full cycles; at least 1,500 measured, the rest extrapolated by an agreed fade model.",
            ),
        ),
        Indicator(
            code="propagation_delay",
            name=Text(zh="模组热失控蔓延时间", en="Delay of thermal-runaway propagation in the module"),
            unit="min",
            comparator=">=",
            threshold="30",
            method=Text(
                zh="以加热方式触发模组中部一只电芯，记录相邻电芯失控的时间差，试验两次取小值。",
                en="One central cell is triggered by heating; time until a neighbour follows; the lower of two trials.",
            ),
        ),
        Indicator(
            code="cell_cost",
            name=Text(zh="电芯物料成本", en="Bill-of-materials cost of the cell"),
            unit="CNY/Wh",
            comparator="<=",
            threshold="0.38",
            method=Text(
                zh="按年产1 GWh口径编制物料清单，由最终用户委托的审计机构核对采购合同与报价。",
                en="Bill of materials at 1 GWh a year, checked against contracts and quotations by the end user's auditor.",
            ),
        ),
    ),
    currency="CNY",
    purse_minor=1_200_000_000,
    award_count=1,
    criteria=(
        Criterion(
            "technical",
            Text(zh="技术先进性与指标响应", en="Technical merit and response to the indicators"),
            35,
        ),
        Criterion("feasibility", Text(zh="技术路线可行性", en="Feasibility of the approach"), 25),
        Criterion(
            "application",
            Text(zh="场景适用与产业化前景", en="Fit to the scenario and industrial prospects"),
            20,
        ),
        Criterion("plan", Text(zh="组织实施与风险控制", en="Implementation and control of risk"), 10),
        Criterion("economy", Text(zh="经费合理性", en="Soundness of the budget"), 10),
    ),
    milestones=(
        Milestone(
            code="m1",
            title=Text(zh="百安时级电芯样品定型", en="100 Ah cell sample frozen"),
            months=3,
            tranche_minor=480_000_000,
            evidence=Text(
                zh="样品20只、第三方检测报告、原始数据及其哈希值。",
                en="Twenty samples, an independent test report, raw data with hashes.",
            ),
        ),
        Milestone(
            code="m2",
            title=Text(zh="模组安全验证与中试线贯通", en="Module safety verified, pilot line running"),
            months=9,
            tranche_minor=360_000_000,
            evidence=Text(
                zh="热失控蔓延试验报告、中试批次一致性报告。",
                en="Report of the propagation trial, consistency report of the pilot batch.",
            ),
        ),
        Milestone(
            code="m3",
            title=Text(zh="现场完成一个冬季并网考核", en="One winter of grid operation on site"),
            months=18,
            tranche_minor=360_000_000,
            evidence=Text(
                zh="并网运行日志、最终用户意见、专项审计报告。",
                en="Operating log, the end user's opinion, special audit report.",
            ),
        ),
    ),
    acceptance=Text(
        zh="全部指标经具备资质的第三方检测达标；现场连续并网不少于90日，可用率不低于97%；最终用户出具应用意见后，由主管部门组织验收。",
        en="All indicators confirmed by an accredited laboratory; 90 consecutive days on the grid with 97 % availability; the end "
        "user's opinion; then acceptance by the agency.",
    ),
    ip_terms=Text(
        zh="知识产权归揭榜方所有；最终用户在本项目示范站范围内享有免费、非独占的使用权；对外转让前应书面告知主管部门。",
        en="Intellectual property belongs to the taker; the end user has a free, non-exclusive right of use in the demonstration "
        "station; the agency is told in writing before any transfer.",
    ),
    end_user="shuofeng",
)

BIDS = (
    Bid(
        team="e1",
        title=Text(zh="层状氧化物体系低温钠离子电芯", en="Layered-oxide sodium cell for the cold"),
        approach=(
            "正极采用铜铁锰基层状氧化物，以少量钛取代抑制高电压区的相变；负极采用生物质硬碳，经两步碳化控制闭孔孔径，兼顾平台容量与低温倍率。",
            "电解液采用酯醚混合溶剂，醚类组分降低脱溶剂化能垒，酯类组分保证正极侧的抗氧化性；配合硼酸盐添加剂，在两侧形成薄而致密的界面膜。",
            "模组采用气凝胶隔热与定向泄压结构，单体失控后高温气体经独立风道排出，不冲刷相邻电芯。",
        ),
        work_plan=(
            "第1至3个月完成材料定型与百安时级样品；第4至9个月完成模组安全验证；第10至18个月完成装站与冬季并网考核。",
        ),
        risk=(
            "层状氧化物对水分敏感，拟在合浆与注液环节将露点控制在零下四十五摄氏度，并设置碱度在线监测，超限批次不流入下道工序。",
        ),
        budget=("设备费34%，材料费30%，测试化验加工费18%，人员费12%，其他费用6%；自筹经费与财政经费按一比一配套。",),
        promised={
            "energy_density": "152",
            "cold_retention": "86",
            "cycle_life": "6000",
            "propagation_delay": "32",
            "cell_cost": "0.38",
        },
        merit=77,
    ),
    Bid(
        team="e2",
        title=Text(zh="聚阴离子体系长寿命钠离子储能电芯", en="Polyanionic long-life sodium storage cell"),
        approach=(
            "正极采用铁基混合磷酸盐，三维骨架在充放电过程中体积变化小于3%，从结构上保证循环寿命；通过一次颗粒纳米化与碳网络原位包覆，弥补电子电导不足。",
            "针对硬碳首次效率偏低的问题，采用正极补钠剂与负极预钠化相结合的办法，补钠剂在化成阶段一次性分解，残留产物不产气，首次效率由82%提高到91%。",
            "低温方面，以弱溶剂化电解液为主，已在小软包样品上取得-30℃、0.5C放电保持率90%的结果，低温下的主要阻抗来自电荷转移，为进一步优化留有余地。",
            "安全方面，该体系热分解温度高于400℃，模组按“单体不起火、相邻不蔓延”设计，蔓延试验以三种触发方式分别验证。",
        ),
        work_plan=(
            "第1个月冻结材料配方；第2至3个月制成100 Ah样品20只并送检；第4至9个月贯通中试线，完成模组蔓延试验；第10至12个月装站；第13至18个月并网考核并完成审计。",
            "每月向最终用户报告一次进展，关键参数变更须经双方书面确认。",
        ),
        risk=(
            "主要风险为能量密度余量较小。已准备高压实正极与减薄集流体两项后备措施，各可贡献约3 Wh/kg，任一措施成功即可保住指标。",
            "寿命外推存在模型误差，拟在三个温度点同步开展加速试验，用实测数据逐季修正模型。",
        ),
        budget=(
            "材料费28%，设备费27%，测试化验加工费25%，人员费14%，其他费用6%；测试费占比较高，系蔓延试验与长周期循环试验所需。",
        ),
        promised={
            "energy_density": "142",
            "cold_retention": "89",
            "cycle_life": "8000",
            "propagation_delay": "60",
            "cell_cost": "0.36",
        },
        merit=88,
    ),
    Bid(
        team="e3",
        title=Text(zh="普鲁士蓝类似物低成本储能电芯", en="Low-cost cell with a Prussian-blue analogue"),
        approach=(
            "正极采用铁基普鲁士蓝类似物，原料来源广、合成温度低，物料成本具有明显优势；通过螯合共沉淀降低空位与结晶水含量。",
            "负极采用软硬碳复合材料，电解液采用高浓度盐体系，抑制正极过渡金属溶出。",
            "模组采用浸没式绝缘液冷方案，液体兼作低温保温与失控冷却介质。",
        ),
        work_plan=("第1至3个月完成脱水工艺与样品；第4至10个月完成模组；第11至18个月装站运行。",),
        risk=("结晶水残留可能造成产气，拟在极片阶段增加一次真空深度干燥，并以微量水分仪逐卷检测。",),
        budget=("材料费38%，设备费30%，测试化验加工费12%，人员费15%，其他费用5%。",),
        promised={
            "energy_density": "140",
            "cold_retention": "85",
            "cycle_life": "6000",
            "propagation_delay": "30",
            "cell_cost": "0.33",
        },
        merit=66,
    ),
    Bid(
        team="e4",
        title=Text(zh="准固态钠离子电芯及其低温界面调控", en="Quasi-solid sodium cell with a tuned cold interface"),
        approach=(
            "以原位聚合的凝胶电解质替代液态电解液，游离溶剂含量降至8%以下，从源头减少可燃物；凝胶网络中引入无机快离子导体，维持低温离子电导。",
            "正极采用层状氧化物与聚阴离子复合材料，负极采用表面氟化的硬碳，界面膜以氟化钠为主，低温下阻抗增长较慢。",
            "模组结构沿用成熟的铝壳方案，便于与现有储能柜互换。",
        ),
        work_plan=("第1至4个月完成凝胶配方与小试；第5至10个月完成百安时级样品与模组；第11至18个月装站运行。",),
        risk=("原位聚合在大容量电芯中的均匀性尚待验证，拟采用分段升温聚合并以超声扫描逐只检查。",),
        budget=("设备费40%，材料费27%，测试化验加工费15%，人员费13%，其他费用5%。",),
        promised={
            "energy_density": "145",
            "cold_retention": "85",
            "cycle_life": "6200",
            "propagation_delay": "45",
            "cell_cost": "0.38",
        },
        merit=72,
    ),
)

EVIDENCE = Evidence(
    title=Text(zh="里程碑一：百安时级电芯样品定型报告", en="Milestone 1: report on the frozen 100 Ah cell sample"),
    paragraphs=(
        "本阶段完成百安时级电芯样品20只，全部经容量、内阻与外观检验，随机抽取5只送第三方检测机构。",
        "能量密度取5只样品的最小值；低温试验在-30℃环境舱内静置16小时后进行，全程未启用加热，舱温记录随原始数据一并提交。",
        "循环试验已实测820次，容量保持率97.6%，按经认可的衰减模型外推；蔓延试验在缩比模组上完成两次，取较小值。",
        "物料成本依据现有采购合同与三家报价测算，审计机构已完成初核。上述数值为样品口径，中试批次的结果将在下一里程碑提交。",
    ),
    measured={
        "energy_density": "141.3",
        "cold_retention": "88.4",
        "cycle_life": "7600",
        "propagation_delay": "52",
        "cell_cost": "0.37",
    },
)
