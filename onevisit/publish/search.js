/* Looks a business up in the lists that are public: everything happens on the reader's device. */
(function () {
  "use strict";

  var MOST = 200;
  var text = window.onevisitText;
  var data = window.ONEVISIT;
  var input = document.getElementById("find");
  var found = document.getElementById("found");
  var hits = document.getElementById("hits");
  var body = hits.querySelector("tbody");
  var rows = Array.prototype.concat.apply([], data.found);
  var keys = rows.map(function (row) { return text.plain(row[0] + " " + row[1]); });

  function cell(tag, content, className) {
    var made = document.createElement(tag);
    made.textContent = content;
    if (className) { made.className = className; }
    if (tag === "th") { made.scope = "row"; }
    return made;
  }

  function link(row) {
    var task = data.tasks[row[2]];
    var made = document.createElement("a");
    made.href = "lists/" + task[0] + (row[5] > 1 ? "-" + row[5] : "") + ".html";
    made.textContent = task[1];
    var around = document.createElement("td");
    around.appendChild(made);
    return around;
  }

  function line(row) {
    var made = document.createElement("tr");
    made.appendChild(cell("th", row[0] + (row[4] ? "（" + row[4] + "）" : "")));
    made.appendChild(cell("td", row[1], "code"));
    made.appendChild(link(row));
    made.appendChild(cell("td", row[3] === null ? "—" : row[3], "n"));
    made.appendChild(cell("td", row[6] || "尚无结果"));
    return made;
  }

  function look() {
    var wanted = text.words(input.value);
    var fitting = wanted.length ? rows.filter(function (row, n) { return text.has(keys[n], wanted); }) : [];
    body.textContent = "";
    fitting.slice(0, MOST).forEach(function (row) { body.appendChild(line(row)); });
    hits.hidden = fitting.length === 0;
    if (!wanted.length) {
      found.textContent = "已公布 " + rows.length + " 条抽中记录。";
    } else if (!fitting.length) {
      found.textContent = "已公布的名单里没有找到。还没有开始检查的任务，名单到检查开始之日才公开。";
    } else {
      found.textContent = "找到 " + fitting.length + " 条" + (fitting.length > MOST ? "，先列出 " + MOST + " 条，请再输入几个字。" : "。");
    }
  }

  input.value = text.asked();
  input.addEventListener("input", look);
  look();
}());
