"""Topic 2 of the season and its four bids: an integrated force-controlled joint for precision assembly."""

# ruff: noqa: E501 (prose: the length of a sentence is not the length of a thought in code)

from __future__ import annotations

from jiebang.demo.model import Bid, Criterion, Evidence, Indicator, Milestone, Text, TopicContent

TOPIC = TopicContent(
    key="force-joint",
    track="robots",
    authoritative="zh",
    title=Text(
        zh="面向精密装配的机器人一体化力控关节",
        en="Integrated force-controlled robot joint for precision assembly",
    ),
    problem=Text(
        zh="""精密连接器、微型减速器等产品的装配间隙只有几微米到几十微米，人工装配依靠手感完成插接、旋合与压装，\
熟练工培养周期长，产线换型时尤其紧缺。位置控制的机器人一旦出现几十微米的定位偏差，就会产生数十牛的接触力，轻则划伤，重则报废。

要让机器人具备“手感”，关键在关节。关节须同时做到三点：输出力矩测得准、力矩环响应快、传动间隙小。现有做法是在关节外另装力矩传感器，\
体积与走线受限；用电机电流估算力矩，又受减速器摩擦影响，低速小力矩段误差往往超过量程的5%。

本榜题要求揭榜方研制集电机、减速器、力矩传感、双编码器、驱动器与制动器于一体的关节模组，形成三种规格，\
装成七自由度机械臂后，在最终用户的装配线上完成不少于两种工件的连续装配考核。""",
        en="""Precision connectors and miniature gearboxes are assembled with clearances of a few to some tens of micrometres. \
People do it by feel; skilled hands take long to train and are short whenever a line changes over. A position-controlled robot \
that is off by some tens of micrometres builds up tens of newtons, and scratches or scraps the part.

Feel begins in the joint. It must measure output torque accurately, close the torque loop fast and have little lost motion, all \
at once. Sensors added outside the joint cost space and cabling; torque estimated from motor current suffers from gear friction \
and is often off by more than 5 % of range at low speed and small torque.

The taker shall develop a joint that integrates motor, reducer, torque sensor, two encoders, drive and brake, in three sizes, \
build a seven-axis arm from it, and assemble at least two kinds of workpiece continuously on the end user's line.""",
    ),
    baseline=Text(
        zh="现有协作机器人关节：额定转矩密度35～45 N·m/kg，力矩误差1%～2%，力矩环带宽20～30 Hz。",
        en="Joints of today's collaborative robots: 35–45 N·m/kg rated, 1–2 % torque error, 20–30 Hz torque bandwidth.",
    ),
    gap=Text(
        zh="高转矩密度与高精度力矩传感难以在同一结构内兼得；缺少经寿命试验验证的一体化方案。",
        en="High torque density and accurate torque sensing are hard to have in one structure; no integrated design has been "
        "proved by a life test.",
    ),
    indicators=(
        Indicator(
            code="torque_density",
            name=Text(zh="额定转矩密度", en="Rated torque density"),
            unit="N·m/kg",
            comparator=">=",
            threshold="55",
            method=Text(
                zh="额定转速下连续运行2小时，壳体温升不超过45 K，取持续输出转矩与整机质量之比。",
                en="Two hours at rated speed with a housing rise of at most 45 K; continuous torque over total mass.",
            ),
        ),
        Indicator(
            code="torque_error",
            name=Text(zh="力矩测量误差", en="Torque measurement error"),
            unit="%FS",
            comparator="<=",
            threshold="0.5",
            method=Text(
                zh="以标准转矩仪标定，正反行程各取11点，在10℃、25℃、40℃三个温度下取最大误差。",
                en="Against a reference torque meter, eleven points each way at 10, 25 and 40 °C; the largest error.",
            ),
        ),
        Indicator(
            code="torque_bandwidth",
            name=Text(zh="力矩环带宽", en="Torque-loop bandwidth"),
            unit="Hz",
            comparator=">=",
            threshold="60",
            method=Text(
                zh="输出端锁止，施加额定力矩10%幅值的正弦扫频，取幅频响应-3 dB处频率。",
                en="Output locked, sine sweep at 10 % of rated torque; frequency at −3 dB.",
            ),
        ),
        Indicator(
            code="bus_tests",
            name=Text(zh="总线一致性必测项通过数", en="Mandatory bus conformance tests passed"),
            unit="项",
            comparator="==",
            threshold="42",
            method=Text(
                zh="由第三方实验室按总线一致性规范逐项测试，必测项共42项，须全部通过。",
                en="An independent laboratory runs the bus conformance suite; all 42 mandatory tests must pass.",
            ),
        ),
    ),
    currency="CNY",
    purse_minor=800_000_000,
    award_count=1,
    criteria=(
        Criterion(
            "technical",
            Text(zh="技术先进性与指标响应", en="Technical merit and response to the indicators"),
            40,
        ),
        Criterion("feasibility", Text(zh="技术路线可行性", en="Feasibility of the approach"), 25),
        Criterion(
            "application",
            Text(zh="场景适用与产业化前景", en="Fit to the scenario and industrial prospects"),
            15,
        ),
        Criterion("plan", Text(zh="组织实施与风险控制", en="Implementation and control of risk"), 10),
        Criterion("economy", Text(zh="经费合理性", en="Soundness of the budget"), 10),
    ),
    milestones=(
        Milestone(
            code="m1",
            title=Text(zh="关节工程样机通过台架测试", en="Engineering sample passes the bench"),
            months=3,
            tranche_minor=240_000_000,
            evidence=Text(
                zh="三种规格样机各2台、台架测试报告、原始数据及其哈希值。",
                en="Two samples of each size, bench report, raw data with hashes.",
            ),
        ),
        Milestone(
            code="m2",
            title=Text(zh="整臂集成与寿命试验", en="Arm integrated, life test"),
            months=9,
            tranche_minor=240_000_000,
            evidence=Text(
                zh="整臂测试报告、不少于2000小时的寿命试验记录。",
                en="Arm test report, record of at least 2,000 h of life test.",
            ),
        ),
        Milestone(
            code="m3",
            title=Text(zh="产线连续装配考核", en="Continuous assembly on the line"),
            months=15,
            tranche_minor=320_000_000,
            evidence=Text(
                zh="产线运行记录、最终用户意见、专项审计报告。",
                en="Record of the line, the end user's opinion, special audit report.",
            ),
        ),
    ),
    acceptance=Text(
        zh="指标经第三方检测达标；两种工件各连续装配5000件，一次合格率不低于99.5%；最终用户出具应用意见后组织验收。",
        en="Indicators confirmed by an independent laboratory; 5,000 pieces of each of two workpieces with 99.5 % first-pass yield; "
        "the end user's opinion; then acceptance.",
    ),
    ip_terms=Text(
        zh="知识产权归揭榜方所有；关节机械与通信接口定义应当公开，供其他整机单位采用。",
        en="Intellectual property belongs to the taker; the mechanical and communication interfaces of the joint are published "
        "for other makers to use.",
    ),
    end_user="bailian",
)

BIDS = (
    Bid(
        team="r1",
        title=Text(zh="谐波传动与应变柔轮一体化力控关节", en="Joint with a strain-sensing flexspline"),
        approach=(
            "把力矩传感做进谐波减速器：在柔轮杯底布设八组应变敏感区，利用柔轮本身的弹性变形测量输出力矩，省去独立传感器，轴向长度缩短18%。",
            "柔轮旋转时的啮合波动会叠加在应变信号上。采用输出侧与输入侧双编码器同步采样，按转角建立波动模型并实时剔除，台架上剩余误差已降到量程的0.4%。",
            "电机采用无框分数槽结构，绕组端部灌封导热胶，额定转矩密度可达60 N·m/kg；驱动器电流环频率40 kHz，力矩环以柔轮刚度为内模，实测带宽75 Hz。",
            "装配策略以力矩环为底层，上层采用导纳控制，插接、旋合、压装三类动作共用同一套参数整定流程，换型时间不超过两小时。",
        ),
        work_plan=(
            "第1个月完成三种规格的结构冻结；第2至3个月完成样机各2台与台架测试；第4至9个月集成两台七自由度机械臂，同步开展寿命试验；第10至15个月进线考核。",
            "寿命试验与产线考核并行安排，寿命试验中发现的问题在进线前闭环。",
        ),
        risk=(
            "柔轮贴片区的疲劳寿命是主要风险。已按10的7次方次循环设计，并准备了输出法兰测力的后备结构，两种结构安装尺寸一致，切换不影响整臂进度。",
        ),
        budget=("测试化验加工费33%，材料费26%，设备费20%，人员费16%，其他费用5%；样机加工委托外协，已取得三家报价。",),
        promised={"torque_density": "60", "torque_error": "0.4", "torque_bandwidth": "75", "bus_tests": "42"},
        merit=89,
    ),
    Bid(
        team="r2",
        title=Text(zh="微型摆线传动高刚度关节", en="Stiff joint with a miniature cycloidal drive"),
        approach=(
            "采用微型两级摆线传动，刚度为同尺寸谐波传动的三倍，抗冲击能力强，适合压装等大力矩工况。",
            "力矩测量采用独立的十字梁传感器，内置于输出轴承内圈，温度补偿由四路热敏电阻完成。",
            "通过齿廓修形把回差控制在25角秒以内，驱动器采用成熟的伺服平台，软件移植工作量小。",
        ),
        work_plan=("第1至3个月完成样机；第4至9个月完成整臂与寿命试验；第10至15个月进线考核。",),
        risk=("摆线针齿在小尺寸下加工一致性较差，拟采用分组选配，并逐台记录回差曲线。",),
        budget=("设备费36%，测试化验加工费25%，材料费20%，人员费14%，其他费用5%。",),
        promised={"torque_density": "55", "torque_error": "0.5", "torque_bandwidth": "62", "bus_tests": "42"},
        merit=76,
    ),
    Bid(
        team="r3",
        title=Text(zh="低减速比准直驱关节", en="Quasi-direct-drive joint with a low ratio"),
        approach=(
            "采用大直径轴向磁通电机配九比一行星减速器，反向驱动性好，摩擦小，可由电流直接估算力矩，结构简单。",
            "对齿槽转矩与摩擦建立随温度变化的补偿表，出厂前逐台标定；在低速段叠加高频微振，克服静摩擦造成的死区。",
            "由于减速比低，力矩环带宽可超过100 Hz，适合高速插接。",
        ),
        work_plan=("第1至3个月完成样机；第4至10个月完成整臂；第11至15个月进线考核。",),
        risk=("持续出力时发热较大，拟采用热管将定子热量导至臂杆，并在控制器中加入温度限幅。",),
        budget=("材料费34%，测试化验加工费28%，设备费18%，人员费15%，其他费用5%。",),
        promised={
            "torque_density": "55",
            "torque_error": "0.5",
            "torque_bandwidth": "100",
            "bus_tests": "42",
        },
        merit=69,
    ),
    Bid(
        team="r4",
        title=Text(zh="光学力矩传感谐波关节", en="Harmonic joint with optical torque sensing"),
        approach=(
            "在输出法兰内设置柔性铰链，以反射式光栅测量其微小转角，换算成输出力矩；非接触测量不受贴片老化影响，长期稳定性好。",
            "光栅读数头与输出编码器共用一块电路板，减少走线；采用双读数头对径布置，消除偏心误差。",
            "减速器选用成熟谐波产品，电机为无框力矩电机，整体方案继承性强。",
        ),
        work_plan=("第1至3个月完成样机与标定台；第4至9个月完成整臂集成；第10至15个月进线考核。",),
        risk=("油雾可能污染光栅，拟采用双层密封与正压微循环，并设置信号强度自诊断。",),
        budget=("材料费30%，设备费25%，测试化验加工费25%，人员费15%，其他费用5%。",),
        promised={"torque_density": "56", "torque_error": "0.3", "torque_bandwidth": "60", "bus_tests": "42"},
        merit=80,
    ),
)

EVIDENCE = Evidence(
    title=Text(zh="里程碑一：关节工程样机台架测试报告", en="Milestone 1: bench report of the engineering samples"),
    paragraphs=(
        "本阶段完成三种规格关节样机各2台，台架测试由第三方实验室实施，最终用户派员见证。",
        "转矩密度按额定转速连续运行2小时测定，壳体温升41 K；力矩误差在三个温度下测定，取全部测点的最大值。",
        "力矩环带宽在输出端锁止状态下扫频测定；总线一致性必测项42项一次全部通过。",
        "每台样机的标定曲线、扫频数据与温度记录均附原始文件及其哈希值。",
    ),
    measured={"torque_density": "58.6", "torque_error": "0.43", "torque_bandwidth": "71", "bus_tests": "42"},
)
