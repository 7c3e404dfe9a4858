/** A shop to begin with. */
import type { CommandInput, Running } from '@millrace/core'
import type { Store } from '../app.ts'

type Product = CommandInput<Store, 'AddProduct'> & { readonly stock: number }

export const demoCatalogue: readonly Product[] = [
  {
    productId: 'stoneware-mug',
    name: 'Stoneware mug',
    category: 'Kitchen',
    description: 'Thrown by hand, glazed the grey of the river. Holds 350 ml and a warm grip.',
    picture: 'mug',
    priceCents: 1_800,
    stock: 60,
  },
  {
    productId: 'enamel-kettle',
    name: 'Enamel kettle',
    category: 'Kitchen',
    description: 'One and a half litres, a spout that does not drip, for every stove.',
    picture: 'kettle',
    priceCents: 5_400,
    stock: 18,
  },
  {
    productId: 'chopping-board',
    name: 'Beech chopping board',
    category: 'Kitchen',
    description: 'End grain, oiled, 40 × 28 cm. Kind to knives, and good for a lifetime.',
    picture: 'board',
    priceCents: 3_600,
    stock: 25,
  },
  {
    productId: 'iron-pan',
    name: 'Cast-iron pan',
    category: 'Kitchen',
    description: '26 cm, seasoned twice. Heavy, even, and better every year.',
    picture: 'pan',
    priceCents: 7_200,
    stock: 12,
  },
  {
    productId: 'walnut-bowl',
    name: 'Turned walnut bowl',
    category: 'Kitchen',
    description: 'From one piece of wood, and the only one of its kind.',
    picture: 'bowl',
    priceCents: 9_500,
    stock: 1,
  },
  {
    productId: 'wool-blanket',
    name: 'Wool blanket',
    category: 'Home',
    description: 'Woven from undyed wool, 140 × 200 cm, with a border of river blue.',
    picture: 'blanket',
    priceCents: 12_000,
    stock: 9,
  },
  {
    productId: 'oak-stool',
    name: 'Oak stool',
    category: 'Home',
    description: 'Three legs stand on every floor. Oak from the valley, 46 cm high.',
    picture: 'stool',
    priceCents: 14_500,
    stock: 6,
  },
  {
    productId: 'rush-basket',
    name: 'Rush basket',
    category: 'Home',
    description: 'Cut, dried and plaited within a day’s walk of the mill.',
    picture: 'basket',
    priceCents: 4_200,
    stock: 14,
  },
  {
    productId: 'beeswax-candles',
    name: 'Beeswax candles',
    category: 'Home',
    description: 'A pair of them, dipped by hand. Nine hours of light, and of honey.',
    picture: 'candles',
    priceCents: 1_400,
    stock: 40,
  },
  {
    productId: 'brass-lamp',
    name: 'Brass desk lamp',
    category: 'Study',
    description: 'Turns where you need it, stays where you put it. With a warm LED bulb.',
    picture: 'lamp',
    priceCents: 8_900,
    stock: 7,
  },
  {
    productId: 'notebook',
    name: 'Thread-bound notebook',
    category: 'Study',
    description: '192 pages that lie flat, of paper that takes ink on both sides.',
    picture: 'notebook',
    priceCents: 1_600,
    stock: 80,
  },
  {
    productId: 'fountain-pen',
    name: 'Fountain pen',
    category: 'Study',
    description: 'A steel nib, medium; fills from any bottle. Comes with deep-water blue.',
    picture: 'pen',
    priceCents: 3_800,
    stock: 22,
  },
]

/**
 * Adds those of the products that are not there yet, with their stock. An instance that only reads leaves that to who
 * decides; one that only writes cannot ask, and is refused those that are there.
 */
export async function addMissing(running: Pick<Running<Store>, 'role' | 'send' | 'query'>, products: readonly Product[]): Promise<void> {
  const { role } = running
  if (role === 'read') return
  const stocked = role === 'all' ? await running.query('stock', {}) : []
  const known = new Set(stocked.map(({ productId }) => productId))
  for (const { stock, ...product } of products) {
    if (known.has(product.productId)) continue
    const added = await running.send('AddProduct', product)
    if (added.outcome === 'failed') throw new Error(`product '${product.productId}' could not be added: ${added.message}`)
    // Another instance may add it at this moment: who was first brings the stock.
    if (added.outcome === 'accepted') await running.send('ReceiveStock', { productId: product.productId, quantity: stock })
  }
}
