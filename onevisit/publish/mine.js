/* 我的企业: finds what the site says of one business, on the reader's device; one or two small files are loaded. */
(function () {
  "use strict";

  var site = window.ONEVISIT;
  var base = site.base;
  var text = window.onevisitText;
  var form = document.getElementById("who");
  var input = document.getElementById("find");
  var box = document.getElementById("card");
  var said = document.getElementById("found");

  function add(parent, tag, content, className) {
    var made = document.createElement(tag);
    if (content !== undefined && content !== null) { made.textContent = content; }
    if (className) { made.className = className; }
    parent.appendChild(made);
    return made;
  }

  function link(parent, target, content) {
    add(parent, "a", content).href = target;
  }

  function key(words) {
    var digest = window.OV1.sha256(window.OV1.encode(text.plain(words).replace(/\s+/g, "")));
    return digest.slice(0, base.keyLength).replace(/./g, function (c) { return String.fromCharCode(97 + parseInt(c, 16)); });
  }

  function shard(wanted, then) {
    var start = wanted.slice(0, base.digits);
    if (site.mine[start]) { then(site.mine[start][wanted]); return; }
    if (base.shards.indexOf(start) < 0) { then(); return; }
    var made = document.createElement("script");
    made.src = "mine/" + start + ".js";
    made.onload = function () { then(site.mine[start][wanted]); };
    made.onerror = function () { said.textContent = "数据没有读到，请刷新页面再试。"; };
    document.body.appendChild(made);
  }

  function day(iso) {
    var parts = iso.split("-");
    return Number(parts[0]) + "年" + Number(parts[1]) + "月" + Number(parts[2]) + "日";
  }

  function table(parent, label, heads, className) {
    var around = add(parent, "div", null, "scroll");
    around.setAttribute("role", "region");
    around.setAttribute("aria-label", label);
    around.tabIndex = 0;
    var made = add(around, "table", null, "list cards " + className);
    add(made, "caption", label, "hidden");
    var line = add(add(made, "thead"), "tr");
    heads.forEach(function (head) { add(line, "th", head).scope = "col"; });
    return add(made, "tbody");
  }

  function cells(body, heads, fill) {
    var line = add(body, "tr");
    fill.forEach(function (put, n) {
      var made = add(line, n ? "td" : "th");
      if (n) { made.setAttribute("data-label", heads[n]); } else { made.scope = "row"; }
      if (typeof put === "function") { put(made); } else { made.textContent = put; }
    });
  }

  function itemsOf(one, isFor) {
    var found = [];
    one.p.forEach(function (row) {
      if (isFor(base.rows[row][0])) {
        base.rows[row][1].forEach(function (item) { if (found.indexOf(item) < 0) { found.push(item); } });
      }
    });
    return found.sort(function (a, b) { return a - b; });
  }

  function tasksOf(one) {
    var found = [];
    one.p.forEach(function (row) { if (found.indexOf(base.rows[row][0]) < 0) { found.push(base.rows[row][0]); } });
    return found.sort(function (a, b) { return a - b; });
  }

  function figures(one, planned) {
    var drawn = (one.d || []).filter(function (line) { return line[2] !== "已退出"; });
    var list = add(box, "ul", null, "figures plain");
    function figure(label, value, unit) {
      var inner = add(add(list, "li"), "div");
      add(inner, "span", label, "label");
      add(inner, "span", String(value), "value");
      add(inner, "span", unit, "unit");
    }
    figure("可能抽到您的任务", planned.length, "个");
    figure("已经抽中", drawn.length, "次");
    figure("已公示的结果", (one.r || []).length, "条");
    if (one.v) {
      figure("合并后上门", one.v[1], "次");
      if (one.v[0] > one.v[1]) { figure("少上门", one.v[0] - one.v[1], "次"); }
    }
  }

  function drawnPart(one) {
    add(box, "h2", "抽中的检查");
    if (!one.d) {
      add(box, "p", "已经公开的名单里没有您。还没有开始检查的任务，名单到检查开始之日才公开。", "empty");
      return;
    }
    var heads = ["任务", "检查时段", "检查机关", "批次", "说明"];
    var body = table(box, "抽中的检查", heads, "taken");
    one.d.forEach(function (line) {
      var task = base.tasks[line[0]];
      cells(body, heads, [
        function (cell) { link(cell, "tasks/" + task.id + ".html", task.name); },
        task.window, task.departments, line[1] ? "第 " + line[1] + " 批" : "—", line[2] || "抽中"
      ]);
    });
  }

  function resultsPart(one) {
    if (!one.r) { return; }
    add(box, "h2", "检查结果");
    var heads = ["抽查事项", "检查机关", "完成日期", "检查结果"];
    var body = table(box, "检查结果", heads, "found");
    one.r.forEach(function (line) { cells(body, heads, [line[0], line[1], day(line[2]), line[3]]); });
    var note = add(box, "p", "对结果有异议的，见");
    link(note, "appeal.html", "更正与申诉");
    note.appendChild(document.createTextNode("。"));
  }

  function paperPart(one) {
    var drawn = (one.d || []).map(function (line) { return line[0]; });
    var isDrawn = function (task) { return drawn.indexOf(task) >= 0; };
    var isAny = function () { return true; };
    var items = itemsOf(one, drawn.length ? isDrawn : isAny);
    if (!items.length) { return; }
    add(box, "h2", drawn.length ? "查什么" : "如果抽中，查什么");
    var list = add(box, "ul", null, "checklist");
    items.forEach(function (n) {
      var item = base.items[n], line = add(list, "li");
      if (item.listed) { link(line, "items/" + encodeURIComponent(item.code) + ".html", item.name); } else { add(line, "span", item.name); }
      add(line, "span", item.department, "quiet");
    });
    add(box, "h2", "请准备的材料（合为一份）");
    var papers = [];
    items.forEach(function (n) {
      base.items[n].materials.forEach(function (paper) { if (papers.indexOf(paper) < 0) { papers.push(paper); } });
    });
    if (!papers.length) { add(box, "p", "不需要事先准备材料。", "empty"); return; }
    var sheet = add(box, "ul", null, "papers");
    papers.forEach(function (paper) { add(sheet, "li", paper); });
    add(box, "p", "各部门一起上门，同一份材料只看一次。可以打印本页，逐项打勾。", "quiet");
  }

  function stateOf(number, task, drawn) {
    if (drawn.indexOf(number) >= 0) { return "抽中"; }
    if (task.listed) { return "没有抽中"; }
    return task.begun ? "还没有抽取" : "名单 " + day(task.starts) + "公开";
  }

  function plannedPart(one, planned) {
    add(box, "h2", "本年度可能抽到您的任务");
    if (!planned.length) {
      add(box, "p", "本年度的计划没有哪个任务的范围包括您。", "empty");
      return;
    }
    var drawn = (one.d || []).map(function (line) { return line[0]; });
    var heads = ["任务", "检查时段", "牵头部门", "情况"];
    var body = table(box, "可能抽到您的任务", heads, "planned");
    planned.forEach(function (number) {
      var task = base.tasks[number];
      cells(body, heads, [
        function (cell) { link(cell, "tasks/" + task.id + ".html", task.name); },
        task.window, task.lead, stateOf(number, task, drawn)
      ]);
    });
    add(box, "p", "在任务的范围里，不等于一定检查：抽中才检查，抽取前谁也不知道结果。", "quiet");
  }

  function wardsPart(one) {
    if (!one.c) { return; }
    add(box, "h2", "由您负责的项目、产品");
    var list = add(box, "ul");
    one.c.forEach(function (id) { link(add(list, "li"), "mine.html?q=" + encodeURIComponent(id), id); });
  }

  function show(words, one) {
    var planned = tasksOf(one);
    said.textContent = "";
    add(box, "h2", one.n || words, "who");
    figures(one, planned);
    drawnPart(one);
    resultsPart(one);
    paperPart(one);
    plannedPart(one, planned);
    wardsPart(one);
  }

  function look(words) {
    box.textContent = "";
    if (!words.replace(/\s+/g, "")) { said.textContent = ""; return; }
    shard(key(words), function (one) {
      if (typeof one === "string") {
        shard(one, function (meant) { show(words, meant); });
      } else if (typeof one === "number") {
        said.textContent = "有 " + one + " 户同名，请输入统一社会信用代码。";
      } else if (one) {
        show(words, one);
      } else {
        said.textContent = "名录里没有找到。请输入完整的名称，或者 18 位统一社会信用代码；只记得名称的一部分，可以到“抽取结果”里查。";
      }
    });
  }

  form.addEventListener("submit", function (event) {
    event.preventDefault();
    look(input.value);
  });
  input.value = text.asked();
  look(input.value);
}());
