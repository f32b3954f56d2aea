// The list of people.
export default {
  'people.title': 'Personas',
  'people.purpose': 'atender a las personas alojadas',
  'people.take_in': 'Recibir a una persona',
  'people.why_take_in': 'Solo quien recibe puede hacerlo.',
  'people.seeking': 'Buscando las fichas…',
  'people.count': { one: '{n} persona', other: '{n} personas' },
  'people.search': 'Buscar nombre o clave',
  'people.none_fits': 'Ninguna coincide con lo que escribió. Pruebe con menos letras.',
  'people.empty': 'Todavía no hay nadie',
  'people.empty_why': 'Aquí aparecen las personas que se reciben y las que comparten con su institución.',
  'people.name': 'Nombre',
  'people.spoken_id': 'Clave',
  'people.language': 'Lengua',
  'people.site': 'Lugar',
  'people.since': 'Desde',
  'people.link': 'Vínculo',
};
