const items = require("./items.json");
exports.list = async () => items;
