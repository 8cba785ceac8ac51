// Needs of about 1 kB made here, in the form of the peers' generator, for where the peers are missing.
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { ROOT } from './machine.mjs';

const WHAT = ['饮水管道更换', '卫生室冷藏柜采购', '太阳能路灯安装', '油茶苗补种', '稻谷烘干机租用', '学生午餐补助', '灌溉水渠疏通', '危桥加固', '独居老人冬衣被褥'];
const WHY = ['去年汛期山洪冲毁了进水口', '目前全组四十余户靠挑水度日', '村委会已筹集部分资金但仍有缺口', '希望在春耕之前完工', '材料可以在县城采购', '运输车辆只能开到山脚下', '完工后由村民代表大会验收并张榜公示'];
const KINDS = ['饮水', '道路', '校舍', '医疗', '养老', '农具', '种苗', '照明'];
const STATES = ['open', 'open', 'open', 'claimed', 'done', 'done', 'in_progress'];

/** The same documents always. */
export function ownDocuments(folder, count) {
  const table = zlib.gunzipSync(fs.readFileSync(path.join(ROOT, 'server/data/regions-hunan.csv.gz'))).toString();
  const villages = table.split('\n').map((line) => line.split(',')).filter(([code]) => code?.length === 12 && /[1-9]/.test(code.slice(9)));
  const docs = Array.from({ length: count }, (_, i) => {
    const [village, villageName] = villages[(i * 7919) % villages.length];
    const what = WHAT[i % WHAT.length];
    const at = Date.UTC(2026, 0, 1) + i * 61_000;
    return {
      id: `0b5e55ed-0000-4000-a000-${i.toString(16).padStart(12, '0')}`,
      title: (villageName.slice(0, 6) + what).slice(0, 40),
      description: Array.from({ length: 8 }, (_, k) => WHY[(i + k * 3) % WHY.length]).join('，').slice(0, 130),
      village, villageName, county: village.slice(0, 6),
      category: KINDS[i % KINDS.length], goalFen: (5 + (i % 2000)) * 5000,
      items: [{ name: what.slice(0, 4), quantity: 1 + (i % 200), unit: '件' }],
      status: STATES[i % STATES.length], urgency: i % 4, createdAt: at, updatedAt: at + (i % 40) * 86_400_000,
      due: '2026-12-31', contact: { name: '王建国', phone: '19900000000' },
    };
  });
  const file = path.join(folder, 'docs.json');
  fs.writeFileSync(file, JSON.stringify(docs));
  return file;
}
